import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  cancelWaitingTasks: loadSql('cancel-waiting-tasks'),
  cancelUnplannedJob: loadSql('cancel-unplanned-job'),
  readJobsToStop: loadSql('read-jobs-to-stop'),
  readWorkersOfJob: loadSql('read-workers-of-job'),
  queueDueRetries: loadSql('queue-due-retries'),
  readJobsPastQueueDeadline: loadSql('read-jobs-past-queue-deadline'),
  failUnstartedTasks: loadSql('fail-unstarted-tasks'),
  expireWaitingJob: loadSql('expire-waiting-job'),
};

/** Ends tasks of the job that no worker holds, at most `most` of each state; returns how many left each state. */
export function cancelWaitingTasks(
  tx: Queryable,
  jobId: string,
  most: number,
): Promise<{ state: 'queued' | 'retrying'; count: number }[]> {
  return tx.query(sql.cancelWaitingTasks, [jobId, most]);
}

/** Ends a job whose planning has not begun, be it that it waits for dependencies; false when it has. */
export async function cancelUnplannedJob(tx: Queryable, jobId: string): Promise<boolean> {
  return (await tx.query(sql.cancelUnplannedJob, [jobId])).length > 0;
}

/** Open jobs whose cancellation is requested: one of them, or all. */
export async function readJobsToStop(db: Queryable, jobId: string | null): Promise<string[]> {
  return (await db.query<{ id: string }>(sql.readJobsToStop, [jobId])).map((row) => row.id);
}

export async function readWorkersOfJob(db: Queryable, jobId: string): Promise<string[]> {
  return (await db.query<{ worker_id: string }>(sql.readWorkersOfJob, [jobId])).map((row) => row.worker_id);
}

/** Makes tasks claimable whose backoff is over; returns how many per job. */
export function queueDueRetries(tx: Queryable): Promise<{ job_id: string; count: number }[]> {
  return tx.query(sql.queueDueRetries);
}

/** Open jobs with queued tasks whose `queue_timeout_s` has passed; `waits` where there are none yet because dependencies do not hold. */
export function readJobsPastQueueDeadline(db: Queryable): Promise<{ id: string; waits: boolean }[]> {
  return db.query(sql.readJobsPastQueueDeadline);
}

/** Fails a job that waits for dependencies past its queue deadline; false when it does not wait any more. */
export async function expireWaitingJob(tx: Queryable, jobId: string, error: object): Promise<boolean> {
  return (await tx.query(sql.expireWaitingJob, [jobId, JSON.stringify(error)])).length > 0;
}

/** Fails tasks of the job that never got an attempt, at most `most`; returns how many. */
export async function failUnstartedTasks(tx: Queryable, jobId: string, outcome: object, most: number): Promise<number> {
  const [failed] = await tx.query<{ count: number }>(sql.failUnstartedTasks, [jobId, JSON.stringify(outcome), most]);
  return failed?.count ?? 0;
}
