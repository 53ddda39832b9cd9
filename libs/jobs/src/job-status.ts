import type { JobStatus } from './job-states.js';
import type { TaskState } from './task-states.js';

/** How many tasks of a job are in each state; what is not planned yet is counted nowhere. */
export type TaskCounts = Readonly<Record<TaskState, number>>;

export interface JobTotals {
  /** Tasks the job will have once planned; 0 while that is not known. */
  readonly total: number;
  readonly cancelRequested: boolean;
}

export const noTasks: TaskCounts = {
  queued: 0,
  leased: 0,
  running: 0,
  retrying: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
};

/**
 * The status that a job's counts give it: a pure function, so that it can be recomputed at any time.
 *
 * - Terminal exactly when every one of `total` tasks is: a slice that is not planned yet keeps the job open.
 * - A cancel that came too late changes nothing: with no cancelled task the job ends as its tasks did.
 * - Cancelled tasks without a request come from `max_failures`: `partial` when something completed, else `failed`.
 * - `total` 0 is "no task yet", never "all done": `queued`, or `cancelled` at once when that was asked for.
 * - `running` once a task has started (or ended); leases alone are `queued`. A task between attempts has started.
 */
export function jobStatusOf(counts: TaskCounts, { total, cancelRequested }: JobTotals): JobStatus {
  if (total === 0) return cancelRequested ? 'cancelled' : 'queued';
  const ended = counts.completed + counts.failed + counts.cancelled;
  if (ended >= total) return terminalStatusOf(counts, cancelRequested);
  const started = counts.running + counts.retrying + ended;
  return started > 0 ? 'running' : 'queued';
}

function terminalStatusOf(counts: TaskCounts, cancelRequested: boolean): JobStatus {
  if (cancelRequested && counts.cancelled > 0) return 'cancelled';
  if (counts.completed === 0) return 'failed';
  return counts.failed + counts.cancelled === 0 ? 'completed' : 'partial';
}
