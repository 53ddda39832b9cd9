import { jobTasksEnded } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { insertEvents, insertMessages } from '../outbox.js';
import { noteEndedTasks } from '../aggregating/index.js';
import type { MovedTask } from './attempts.store.js';
import { endJobs, hasEnded, isToEnd, MAX_FAILURES_EXCEEDED } from './end-jobs.js';
import {
  addToJobCounters,
  requestStopAfterFailures,
  type CountedJob,
  type FinishedJob,
  type JobDelta,
  type JobFacts,
} from './job-counters.store.js';
import { eventsOf } from './job-events.js';

/** Jobs as they stand at the end of the transaction, those it ended, and those whose tasks have all ended and that the planner is to close. */
export interface Settled {
  readonly jobs: readonly CountedJob[];
  readonly finished: readonly FinishedJob[];
  readonly toClose: readonly string[];
}

export const nothingSettled: Settled = { jobs: [], finished: [], toClose: [] };

/**
 * The one place where a job's counters move and its status follows: adds the deltas, stops jobs with too many failures, ends jobs whose
 * last task ended or asks the planner to, and writes the events of all of it to the outbox, in order per job. Call it last in the transaction
 * that changed the tasks.
 */
export async function settleJobs(
  tx: Queryable,
  deltas: ReadonlyMap<string, JobDelta>,
  facts: ReadonlyMap<string, JobFacts>,
  moves: readonly MovedTask[] = [],
): Promise<Settled> {
  const jobs = await addToJobCounters(tx, deltas);
  await stopFailing(tx, jobs);
  await noteForAggregates(tx, jobs, moves);
  const ended = jobs.filter(isToEnd);
  const finished = await endJobs(
    tx,
    ended.filter((job) => !job.closed_by_planner).map((job) => ({ job })),
  );
  await insertEvents(tx, eventsOf(jobs, finished, facts, moves));
  const toClose = ended.filter((job) => job.closed_by_planner).map((job) => job.id);
  await insertMessages(
    tx,
    jobTasksEnded,
    toClose.map((job_id) => ({ job_id })),
  );
  return { jobs, finished, toClose };
}

async function stopFailing(tx: Queryable, jobs: readonly CountedJob[]): Promise<void> {
  const failing = jobs.filter((job) => tooManyFailures(job) && !hasEnded(job));
  if (failing.length === 0) return;
  const error = { code: MAX_FAILURES_EXCEEDED, message: 'More tasks failed for good than max_failures allows.' };
  await requestStopAfterFailures(
    tx,
    failing.map((job) => job.id),
    error,
  );
}

function tooManyFailures(job: CountedJob): boolean {
  return job.max_failures !== null && job.failed > job.max_failures && !job.cancel_requested;
}

/** A job that does not aggregate costs nothing here. */
async function noteForAggregates(
  tx: Queryable,
  jobs: readonly CountedJob[],
  moves: readonly MovedTask[],
): Promise<void> {
  const aggregating = new Set(jobs.filter((job) => job.aggregates).map((job) => job.id));
  if (aggregating.size === 0) return;
  await noteEndedTasks(
    tx,
    moves.filter(({ to, job_id }) => (to === 'completed' || to === 'failed') && aggregating.has(job_id)),
  );
}
