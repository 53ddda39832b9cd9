import { afterAll, afterEach, expect } from '@jest/globals';
import type { Stage } from './stage.js';

/** Fails the test after which some public answer had told where work runs. */
export function keepPlacementHidden(stage: () => Stage | undefined): void {
  let seen = 0;
  afterEach(async () => {
    const facts = await stage()?.answers.facts();
    seen = stage()?.answers.seen ?? seen;
    expect(facts ?? []).toEqual([]);
  });
  afterAll(() => {
    // A watch that saw nothing would find nothing.
    expect(seen).toBeGreaterThan(0);
  });
}
