import { taskStates, type JobToAnnounce } from '@computalot/database';
import type { BodyOf, jobFinishedEvent, JobStatus } from '@computalot/contracts';

/** One end of a job: a retried job has several. */
export type JobEnd = JobToAnnounce & { readonly finished_at: Date };

/**
 * The end that an event speaks of, or the latest one without an event. What the job's row says by now may be of a later run, when a retry was faster
 * than the event: then the event is all that is left of the earlier end. Null while the job is open.
 */
export function endOf(job: JobToAnnounce, event: BodyOf<typeof jobFinishedEvent> | null): JobEnd | null {
  const { finished_at } = job;
  if (event?.run === undefined || event.run >= job.run) return finished_at && { ...job, finished_at };
  const counts = Object.fromEntries(taskStates.map((state) => [state, event.task_counts[state] ?? 0]));
  return {
    ...job,
    ...counts,
    run: event.run,
    status: event.status as JobStatus,
    error: null,
    started_at: null,
    finished_at: new Date(event.finished_at),
  };
}
