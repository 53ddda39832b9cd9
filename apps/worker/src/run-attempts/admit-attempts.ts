import { fits, type ResourceLedger } from '@computalot/jobs';
import type { Resources } from '@computalot/contracts';
import type { Attempt, HeldJob } from './attempt.js';

/** Milliseconds after which the oldest waiting attempt is no longer overtaken: a large one would otherwise wait for ever behind small ones. */
const OVERTAKING_MS = 10_000;

/**
 * The next attempt to start, its resources taken from the ledger; null when nothing fits. In order of arrival; what does not fit, or whose job
 * is still being prepared, is overtaken. Its cost grows with the jobs held, not with the attempts waiting.
 */
export function admitNext(
  jobs: () => Iterable<HeldJob>,
  ledger: ResourceLedger,
  offers: Resources,
  now: number,
): Attempt | null {
  const refused = new Set<string>();
  for (let job = firstOf(jobs(), refused); job; job = firstOf(jobs(), refused)) {
    const { requirements } = job.context;
    if (ledger.tryTake(requirements)) return job.waiting.shift() as Attempt;
    if (now - (job.waiting[0] as Attempt).acceptedAt > OVERTAKING_MS && fits(requirements, offers)) return null;
    refused.add(job.requirementsKey);
  }
  return null;
}

/** The job whose first waiting attempt came first, of those whose requirements were not refused yet. */
function firstOf(jobs: Iterable<HeldJob>, refused: ReadonlySet<string>): HeldJob | null {
  let first: HeldJob | null = null;
  for (const job of jobs) {
    if (!job.prepared || job.waiting.length === 0 || refused.has(job.requirementsKey)) continue;
    if (!first || arrivalOf(job) < arrivalOf(first)) first = job;
  }
  return first;
}

function arrivalOf(job: HeldJob): number {
  return job.waiting[0]?.sequence ?? Infinity;
}
