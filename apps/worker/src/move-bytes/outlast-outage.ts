import { isAway } from './store-away.js';

/** Milliseconds after which an outage is told: what never comes must not be waited for for ever. */
const OUTLASTED_MS = 15 * 60_000;

/** Does it again while the artifact service or the object store is away, until `stop`. Rejects at once on any other fault. `work` makes its own pauses. */
export async function outlastOutage<T>(
  work: () => Promise<T>,
  { stop, onAway }: { stop: AbortSignal; onAway: (error: Error) => void },
): Promise<T> {
  const begun = Date.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (stop.aborted || !isAway(error) || Date.now() - begun > OUTLASTED_MS) throw error;
      onAway(error as Error);
    }
  }
}
