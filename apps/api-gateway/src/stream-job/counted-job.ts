import type { JobStatus, LiveJob } from '@computalot/contracts';
import type { JobRow } from '@computalot/database';

const COUNTED = ['queued', 'leased', 'running', 'retrying', 'completed', 'failed', 'cancelled'] as const;

/** It has more tasks than when it was read: a stage of reduce tasks. */
export function hasGrown(job: JobRow, { task_counts }: LiveJob): boolean {
  return COUNTED.reduce((sum, state) => sum + (task_counts[state] ?? 0), 0) > job.task_total;
}

/** The job with the counts and status that the feed told. Times that the feed does not carry stay as they were read. */
export function withCounts(job: JobRow, { status, task_counts }: LiveJob): JobRow {
  const counts = Object.fromEntries(COUNTED.map((state) => [state, task_counts[state] ?? job[state]])) as Pick<
    JobRow,
    (typeof COUNTED)[number]
  >;
  const planned = COUNTED.reduce((sum, state) => sum + counts[state], 0);
  const hasStarted = counts.running + counts.completed + counts.failed > 0;
  return {
    ...job,
    ...counts,
    planned,
    status: status as JobStatus,
    started_at: job.started_at ?? (hasStarted ? new Date() : null),
  };
}
