import { isTerminalJobStatus, jobStatusOf, type JobStatus } from '@computalot/jobs';
import type { TaskError } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { finishJobsIfOpen, type CountedJob, type FinishedJob } from './job-counters.store.js';

export const MAX_FAILURES_EXCEEDED = 'max_failures_exceeded';

/** A job whose tasks have all ended. `failure`: why it fails whatever its counts say. */
export interface JobEnd {
  readonly job: CountedJob;
  readonly failure?: TaskError;
}

/** Every task has ended and the job has not: somebody is to end it. */
export function isToEnd(job: CountedJob): boolean {
  return hasEnded(job) && !isTerminalJobStatus(job.status as JobStatus);
}

export function hasEnded(job: CountedJob): boolean {
  return job.completed + job.failed + job.cancelled === job.task_total;
}

/** The one place where a job's final status is decided. The caller holds the jobs' rows and writes the events of what is returned. */
export async function endJobs(tx: Queryable, ends: readonly JobEnd[]): Promise<FinishedJob[]> {
  if (ends.length === 0) return [];
  return finishJobsIfOpen(
    tx,
    ends.map(({ job, failure }) => ({
      id: job.id,
      status: failure ? 'failed' : statusOf(job),
      error: failure ?? null,
    })),
  );
}

/** A stop after too many failures is the platform's doing, not a cancellation of the user's. */
export function isCancelledByUser(job: Pick<CountedJob, 'cancel_requested' | 'error'>): boolean {
  return job.cancel_requested && job.error?.code !== MAX_FAILURES_EXCEEDED;
}

function statusOf(job: CountedJob): string {
  return jobStatusOf(job, { total: job.task_total, cancelRequested: isCancelledByUser(job) });
}
