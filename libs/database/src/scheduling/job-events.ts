import { jobFinishedEvent, jobStartedEvent, taskFinishedEvent, type OutgoingEvent } from '@computalot/contracts';
import { encodeId, newUuid, taskId } from '@computalot/kernel';
import type { MovedTask } from './attempts.store.js';
import { taskStates, type CountedJob, type FinishedJob, type JobFacts } from './job-counters.store.js';

/** The public events of one transaction, in order per job. */
export function eventsOf(
  jobs: readonly CountedJob[],
  finished: readonly FinishedJob[],
  facts: ReadonlyMap<string, JobFacts>,
  moves: readonly MovedTask[],
): OutgoingEvent[] {
  const time = new Date().toISOString();
  const ends = new Map(finished.map((job) => [job.id, job]));
  const byJob = Map.groupBy(
    moves.filter((move) => move.to === 'completed' || move.to === 'failed' || move.to === 'cancelled'),
    (move) => move.job_id,
  );
  return jobs.flatMap((job) => {
    const known = facts.get(job.id);
    if (!known) throw new Error(`no facts of job ${job.id}`);
    const jobId = encodeId('job', job.id);
    const accountId = encodeId('acc', known.account_id);
    const event = (type: string, data: object): OutgoingEvent => ({ type, id: newUuid(), subject: jobId, time, data });
    const about = (status: string) => ({
      job_id: jobId,
      account_id: accountId,
      type: known.type,
      status,
      tags: known.tags,
      ...(known.client_ref === null ? {} : { client_ref: known.client_ref }),
    });
    const end = ends.get(job.id);
    return [
      ...(job.just_started ? [event(jobStartedEvent.type, about('running'))] : []),
      ...(byJob.get(job.id) ?? []).map((move) =>
        event(taskFinishedEvent.type, {
          job_id: jobId,
          account_id: accountId,
          task_id: taskId(jobId, move.index),
          index: move.index,
          attempt: move.attempt,
          status: move.to,
          exit_code: move.exit_code ?? null,
        }),
      ),
      ...(end
        ? [
            event(jobFinishedEvent.type, {
              ...about(end.status),
              task_counts: Object.fromEntries(taskStates.map((state) => [state, job[state]])),
              run: job.run,
              finished_at: end.finished_at.toISOString(),
            }),
          ]
        : []),
    ];
  });
}
