import type { JobStatus } from '@computalot/contracts';
import type { FailedDependency } from '@computalot/jobs';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  listAwaitedJobs: loadSql('list-awaited-jobs'),
  settleDependencies: loadSql('settle-dependencies'),
  listDoomedJobs: loadSql('list-doomed-jobs'),
  readFailedDependencies: loadSql('read-failed-dependencies'),
  failWaitingJobsIfOpen: loadSql('fail-waiting-jobs-if-open'),
  listEndedDependencies: loadSql('list-ended-dependencies'),
  readWaitedFor: loadSql('read-waited-for'),
  listKnownJobs: loadSql('list-known-jobs'),
};

/** Which dependencies to look at: those on jobs that may have ended, and those of jobs that may wait for ended ones. */
export interface DependenciesNamed {
  readonly on: readonly string[];
  readonly of: readonly string[];
}

/** Those among `ids` that others wait for. */
export async function listAwaitedJobs(db: Queryable, ids: readonly string[]): Promise<string[]> {
  return (await db.query<{ id: string }>(sql.listAwaitedJobs, [ids])).map((row) => row.id);
}

/** Marks what has been decided by now, each dependency once. Returns the open jobs that wait for nothing any more. */
export async function settleDependencies(db: Queryable, { on, of }: DependenciesNamed): Promise<string[]> {
  const rows = await db.query<{ id: string; unmet: number; ended: boolean }>(sql.settleDependencies, [on, of]);
  return rows.filter(({ unmet, ended }) => unmet === 0 && !ended).map((row) => row.id);
}

/** Open jobs that can never run because of these dependencies, at most `limit`, nearest first. */
export async function listDoomedJobs(db: Queryable, { on, of }: DependenciesNamed, limit: number): Promise<string[]> {
  return (await db.query<{ id: string }>(sql.listDoomedJobs, [on, of, limit])).map((row) => row.id);
}

/** One failed dependency of each doomed job. */
export function readFailedDependencies(db: Queryable, doomed: readonly string[]): Promise<FailedDependency[]> {
  return db.query<FailedDependency>(sql.readFailedDependencies, [doomed]);
}

/** A job that ended without ever having had a task, as its event tells of it. */
export interface EndedUnplanned {
  readonly id: string;
  readonly account_id: string;
  readonly type: string;
  readonly tags: readonly string[];
  readonly client_ref: string | null;
  readonly finished_at: Date;
  /** Which of its ends it is, where that is known. */
  readonly run?: number;
}

/** Ends the jobs that still wait, each with its error; returns those. */
export function failWaitingJobsIfOpen(
  tx: Queryable,
  jobs: readonly { readonly id: string; readonly error: object }[],
): Promise<EndedUnplanned[]> {
  return tx.query<EndedUnplanned>(sql.failWaitingJobsIfOpen, [
    jobs.map(({ id }) => id),
    jobs.map(({ error }) => JSON.stringify(error)),
  ]);
}

/** The next dependencies that somebody waits for, in order of their ids after `after`; `ended` ones ended `ageSeconds` ago or earlier. */
export function listEndedDependencies(
  db: Queryable,
  after: string | null,
  ageSeconds: number,
  limit: number,
): Promise<{ id: string; ended: boolean }[]> {
  return db.query(sql.listEndedDependencies, [after, ageSeconds, limit]);
}

export interface WaitedFor {
  readonly total: number;
  readonly unmet: number;
  /** The first of those whose condition does not hold yet; a deleted one has no status. */
  readonly first: readonly { readonly id: string; readonly status: JobStatus | null }[];
}

export async function readWaitedFor(db: Queryable, jobId: string, limit: number): Promise<WaitedFor> {
  return (await db.query<WaitedFor>(sql.readWaitedFor, [jobId, limit]))[0] ?? { total: 0, unmet: 0, first: [] };
}

/** Those of the jobs that the account has. */
export async function listKnownJobs(db: Queryable, accountId: string, ids: readonly string[]): Promise<Set<string>> {
  return new Set((await db.query<{ id: string }>(sql.listKnownJobs, [accountId, ids])).map((row) => row.id));
}
