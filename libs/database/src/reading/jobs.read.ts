import type { JobStatus, ReduceStages, Resources, TaskError } from '@computalot/contracts';
import type { Resolved } from '@computalot/jobs';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  readJob: loadSql('read-job'),
  listJobs: loadSql('list-jobs'),
  readJobStatuses: loadSql('read-job-statuses'),
  readJobsById: loadSql('read-jobs-by-id'),
  listProjectJobs: loadSql('list-project-jobs'),
  readSpecParts: loadSql('read-spec-parts'),
};

/** A job as the public surface needs it. */
export interface JobRow {
  readonly id: string;
  readonly type: string;
  readonly status: JobStatus;
  readonly name: string | null;
  readonly project_name: string | null;
  readonly revision: string | null;
  readonly tags: readonly string[];
  readonly client_ref: string | null;
  readonly priority: number;
  readonly max_parallel: number | null;
  readonly requirements: Resources;
  /** 0 until planned. */
  readonly task_total: number;
  readonly planned: number;
  /** Those a retry is about to queue among them. */
  readonly queued: number;
  readonly leased: number;
  readonly running: number;
  readonly retrying: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly mean_runtime_ms: number | null;
  readonly error: TaskError | null;
  readonly cancel_requested_at: Date | null;
  readonly created_at: Date;
  readonly planned_at: Date | null;
  /** Of the latest run. */
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  /** How often the job was opened: once, and once more by each retry. */
  readonly run: number;
  /** How many tasks the latest retry runs again; 0 before the first. */
  readonly reopened: number;
  /** Reduce tasks that are still to be added. */
  readonly tasks_ahead: number;
  /** Among the completed, those that took the result of an identical task. */
  readonly cached: number;
  /** JSON texts as sent. */
  readonly meta: string | null;
  readonly variant: string | null;
  readonly item_total: number | null;
  readonly batch_size: number | null;
}

export interface JobWithSubmission extends JobRow {
  /** JSON text as sent. */
  readonly submission: string;
  /** What the names in its payload stand for; null as long as it is not planned, and where it has none. */
  readonly resolved: Resolved | null;
  /** Set once it has reduce tasks. */
  readonly reduce: ReduceStages | null;
}

export interface JobFilter {
  readonly status?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly project?: string | undefined;
  readonly type?: string | undefined;
  readonly client_ref?: string | undefined;
  readonly created_after?: string | undefined;
  readonly created_before?: string | undefined;
}

export async function readJob(db: Queryable, accountId: string, jobId: string): Promise<JobRow | null> {
  return (await db.query<JobRow>(sql.readJob, [accountId, jobId, false]))[0] ?? null;
}

export async function readJobWithSubmission(
  db: Queryable,
  accountId: string,
  jobId: string,
): Promise<JobWithSubmission | null> {
  return (await db.query<JobWithSubmission>(sql.readJob, [accountId, jobId, true]))[0] ?? null;
}

/** Newest first; `before` is the id of the last one seen. */
export function listJobs(
  db: Queryable,
  accountId: string,
  filter: JobFilter,
  before: string | null,
  limit: number,
): Promise<JobRow[]> {
  return db.query<JobRow>(sql.listJobs, [
    accountId,
    before,
    filter.status ?? null,
    filter.tags?.length ? filter.tags : null,
    filter.project ?? null,
    filter.type ?? null,
    filter.client_ref ?? null,
    filter.created_after ?? null,
    filter.created_before ?? null,
    limit,
  ]);
}

/** Tasks per part of the job's spec; null when it is whole, or not there yet. */
export async function readSpecParts(db: Queryable, accountId: string, jobId: string): Promise<number | null> {
  return (await db.query<{ tasks: number | null }>(sql.readSpecParts, [accountId, jobId]))[0]?.tasks ?? null;
}

/** By id; jobs that the account does not have are left out. */
export async function readJobStatuses(
  db: Queryable,
  accountId: string,
  jobIds: readonly string[],
): Promise<Map<string, JobStatus>> {
  const rows = await db.query<{ id: string; status: JobStatus }>(sql.readJobStatuses, [accountId, jobIds]);
  return new Map(rows.map(({ id, status }) => [id, status]));
}

/** For watchers whose right to see these jobs was checked when they came. */
export function readWatchedJobs(db: Queryable, jobIds: readonly string[]): Promise<JobRow[]> {
  return db.query<JobRow>(sql.readJobsById, [jobIds]);
}

export interface ProjectJobs {
  /** Milliseconds since the epoch: every job that ends from here on, and every one that is open, can be found by it. */
  readonly now: number;
  readonly open: readonly string[];
  readonly ended: readonly { readonly id: string; readonly ended_at: number }[];
}

/** The oldest open jobs of a project, and the first that ended since `since` (milliseconds since the epoch). Null when the project is gone. */
export async function listProjectJobs(
  db: Queryable,
  accountId: string,
  projectId: string,
  since: number,
  most: { readonly open: number; readonly ended: number },
): Promise<ProjectJobs | null> {
  const params = [accountId, projectId, since, most.open, most.ended];
  return (await db.query<ProjectJobs>(sql.listProjectJobs, params))[0] ?? null;
}
