import { jobFinishedEvent, jobStartedEvent, taskFinishedEvent, type OutgoingEvent } from '@computalot/contracts';
import { jobStatusOf } from '@computalot/jobs';
import { encodeId, newUuid, taskId } from '@computalot/kernel';
import type { Queryable } from '../database.js';
import { insertEvents } from '../outbox.js';
import type { AttemptMove } from './attempts.store.js';
import {
  addToJobCounters,
  finishJobsIfOpen,
  requestStopAfterFailures,
  taskStates,
  type CountedJob,
  type FinishedJob,
  type JobDelta,
  type JobFacts,
} from './job-counters.store.js';

/** Jobs as they stand at the end of the transaction, and those it ended. */
export interface Settled {
  readonly jobs: readonly CountedJob[];
  readonly finished: readonly FinishedJob[];
}

const tooManyFailures = (job: CountedJob) =>
  job.max_failures !== null && job.failed > job.max_failures && !job.cancel_requested;

const allEnded = (job: CountedJob) => job.completed + job.failed + job.cancelled === job.task_total;

/**
 * The one place where a job's counters move and its status follows: adds the deltas, stops jobs with too many failures, ends jobs whose
 * last task ended, and writes the events of all of it to the outbox, in order per job. Call it last in the transaction that changed the tasks.
 */
export async function settleJobs(
  tx: Queryable,
  deltas: ReadonlyMap<string, JobDelta>,
  facts: ReadonlyMap<string, JobFacts>,
  moves: readonly AttemptMove[] = [],
): Promise<Settled> {
  const jobs = await addToJobCounters(tx, deltas);
  const failing = jobs.filter((job) => tooManyFailures(job) && !allEnded(job));
  if (failing.length > 0) {
    const error = { code: 'max_failures_exceeded', message: 'More tasks failed for good than max_failures allows.' };
    await requestStopAfterFailures(
      tx,
      failing.map((job) => job.id),
      error,
    );
  }
  const ended = jobs.filter(allEnded).map((job) => ({ id: job.id, status: finalStatus(job) }));
  const finished = ended.length > 0 ? await finishJobsIfOpen(tx, ended) : [];
  await insertEvents(tx, eventsOf(jobs, finished, facts, moves));
  return { jobs, finished };
}

function finalStatus(job: CountedJob): string {
  // A stop after too many failures is the platform's doing, not a cancellation of the user's.
  const cancelRequested = job.cancel_requested && job.error?.code !== 'max_failures_exceeded';
  return jobStatusOf(job, { total: job.task_total, cancelRequested });
}

function eventsOf(
  jobs: readonly CountedJob[],
  finished: readonly FinishedJob[],
  facts: ReadonlyMap<string, JobFacts>,
  moves: readonly AttemptMove[],
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
              finished_at: end.finished_at.toISOString(),
            }),
          ]
        : []),
    ];
  });
}
