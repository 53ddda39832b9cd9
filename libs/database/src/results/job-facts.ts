import { TERMINAL_JOB_STATUSES, type JobSummary, type TaskCounts } from '@computalot/contracts';
import { encodeId } from '@computalot/kernel';
import type { JobRow } from '../reading/index.js';
import { jobErrorOf, recommendedAction } from './public-error.js';

export function isTerminal(status: string): boolean {
  return (TERMINAL_JOB_STATUSES as readonly string[]).includes(status);
}

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

/** Tasks that are not inserted yet count as queued, or as cancelled once the job has ended without them. */
export function countsOf(job: JobRow): TaskCounts {
  const unplanned = Math.max(0, job.task_total - job.planned);
  const ended = isTerminal(job.status);
  return {
    total: job.task_total,
    queued: job.queued + (ended ? 0 : unplanned),
    leased: job.leased,
    running: job.running,
    retrying: job.retrying,
    completed: job.completed,
    failed: job.failed,
    cancelled: job.cancelled + (ended ? unplanned : 0),
  };
}

/**
 * Share of tasks that have ended, of the reduce tasks still to come too, and the seconds the rest takes at the pace of this run so far (null before the
 * first end in it; what was reused says nothing of the pace).
 */
export function progressOf(
  job: Pick<JobRow, 'status' | 'started_at' | 'reopened' | 'cached' | 'tasks_ahead'>,
  counts: TaskCounts,
  now: number,
): JobSummary['progress'] {
  if (isTerminal(job.status)) return { fraction: 1, eta_s: 0 };
  const total = counts.total + job.tasks_ahead;
  const left = total - counts.completed - counts.failed - counts.cancelled;
  const fraction = counts.total === 0 ? 0 : Math.round((1 - left / total) * 1e6) / 1e6;
  const endedInThisRun = (job.reopened ? job.reopened + job.tasks_ahead : total - job.cached) - left;
  if (endedInThisRun <= 0 || !job.started_at) return { fraction, eta_s: null };
  const elapsed_s = Math.max(0, now - job.started_at.getTime()) / 1000;
  return { fraction, eta_s: Math.ceil((elapsed_s * left) / endedInThisRun) };
}

/** The summary without what the user sent as JSON of any shape. */
export function summaryOf(job: JobRow, now = Date.now()): Omit<JobSummary, 'meta' | 'variant'> {
  const id = encodeId('job', job.id);
  const counts = countsOf(job);
  const error = jobErrorOf(job);
  // A task's result and output are in Postgres or the object store before its end is: an ended job has all of them.
  const persisted = isTerminal(job.status);
  return {
    id,
    job_id: id,
    type: job.type,
    status: job.status,
    name: job.name,
    project: job.project_name,
    revision: job.revision,
    tags: job.tags,
    client_ref: job.client_ref,
    priority: job.priority,
    task_counts: counts,
    progress: progressOf(job, counts, now),
    error,
    recommended_action: recommendedAction(id, job.status, error),
    cancel_requested: job.cancel_requested_at !== null,
    run: job.run,
    cached_tasks: job.cached,
    result_persisted: persisted,
    output_persisted: persisted,
    created_at: job.created_at.toISOString(),
    planned_at: time(job.planned_at),
    started_at: time(job.started_at),
    finished_at: time(job.finished_at),
  };
}
