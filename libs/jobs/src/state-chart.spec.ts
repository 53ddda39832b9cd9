import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { REGENERATE_STATE_CHART, renderStateChart } from './state-chart.js';

test('the committed state chart is the one that the tables give', () => {
  const committed = readFileSync(new URL('../../../docs/generated/state-chart.md', import.meta.url), 'utf8');
  if (committed !== renderStateChart()) {
    throw new Error(`docs/generated/state-chart.md is out of date. Build libs/jobs, then: ${REGENERATE_STATE_CHART}`);
  }
  expect(committed).toContain('retrying --> leased');
});
