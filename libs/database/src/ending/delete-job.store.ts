import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  deleteJobIfEnded: loadSql('delete-job-if-ended'),
  deleteExpiredJobs: loadSql('delete-expired-jobs'),
  listOpenDependants: loadSql('list-open-dependants'),
  listDeletedJobs: loadSql('list-deleted-jobs'),
  clearDeletedJob: loadSql('clear-deleted-job'),
  finishDeletedJob: loadSql('finish-deleted-job'),
  listClearedJobs: loadSql('list-cleared-jobs'),
  forgetDeletedJob: loadSql('forget-deleted-job'),
};

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
const jobIdsOf = (rows: readonly { job_id: string }[]) => rows.map(({ job_id }) => job_id);

/** False when the job is open, an open one depends on it, or the account has no such job. What is left of it is cleared away by {@link clearDeletedJob}. */
export async function deleteJobIfEnded(db: Queryable, accountId: string, jobId: string): Promise<boolean> {
  return (await db.query(sql.deleteJobIfEnded, [accountId, jobId])).length > 0;
}

/** Open jobs that depend on the job, `limit` at most. */
export async function listOpenDependants(
  db: Queryable,
  accountId: string,
  jobId: string,
  limit: number,
): Promise<string[]> {
  return idsOf(await db.query<{ id: string }>(sql.listOpenDependants, [accountId, jobId, limit]));
}

/** Deletes jobs that ended `ttlSeconds` ago or earlier, `limit` at most; returns them. `below`: every id made in the last `ttlSeconds` is above it. */
export async function deleteExpiredJobs(
  db: Queryable,
  { below, ttlSeconds, limit }: { below: string; ttlSeconds: number; limit: number },
): Promise<string[]> {
  return idsOf(await db.query<{ id: string }>(sql.deleteExpiredJobs, [below, ttlSeconds, limit]));
}

/** Deleted jobs of which something is left, the oldest first. */
export async function listDeletedJobs(db: Queryable, limit: number): Promise<string[]> {
  return jobIdsOf(await db.query<{ job_id: string }>(sql.listDeletedJobs, [limit]));
}

/** Removes the rows of the next `tasks` tasks of a deleted job; false when none are left. */
export async function clearDeletedJob(db: Queryable, jobId: string, tasks: number): Promise<boolean> {
  const [part] = await db.query<{ cleared: number; task_total: number }>(sql.clearDeletedJob, [jobId, tasks]);
  return part !== undefined && part.cleared < part.task_total;
}

/** No rows and no objects of the job are left. False when rows are. */
export async function finishDeletedJob(db: Queryable, jobId: string): Promise<boolean> {
  return (await db.query(sql.finishDeletedJob, [jobId])).length > 0;
}

/** Jobs that were cleared `ageSeconds` ago or earlier. */
export async function listClearedJobs(db: Queryable, ageSeconds: number, limit: number): Promise<string[]> {
  return jobIdsOf(await db.query<{ job_id: string }>(sql.listClearedJobs, [ageSeconds, limit]));
}

export async function forgetDeletedJob(db: Queryable, jobId: string): Promise<void> {
  await db.query(sql.forgetDeletedJob, [jobId]);
}
