import type { ResultSections } from '@computalot/jobs';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  listJobsToAggregate: loadSql('list-jobs-to-aggregate'),
  readResultSections: loadSql('read-result-sections'),
  readAggregateProgress: loadSql('read-aggregate-progress'),
  readEndedTasks: loadSql('read-ended-tasks'),
  readEndedResults: loadSql('read-ended-results'),
  foldIfCurrent: loadSql('fold-if-current'),
  foldAgain: loadSql('fold-again'),
};

/** Jobs with results to fold whose turn it is. */
export async function listJobsToAggregate(db: Queryable): Promise<string[]> {
  return (await db.query<{ id: string }>(sql.listJobsToAggregate)).map((row) => row.id);
}

export async function readResultSections(db: Queryable, jobId: string): Promise<ResultSections | null> {
  return (await db.query<ResultSections>(sql.readResultSections, [jobId]))[0] ?? null;
}

export interface AggregateProgress {
  readonly version: number;
  /** JSON text. */
  readonly progress: string;
}

/** Null when nothing is to be folded into it, or the job does not aggregate. Read {@link readEndedTasks} after it, never before. */
export async function readAggregateProgress(db: Queryable, jobId: string): Promise<AggregateProgress | null> {
  return (await db.query<AggregateProgress>(sql.readAggregateProgress, [jobId]))[0] ?? null;
}

export interface EndedTasksRow {
  readonly id: number;
  readonly indices: readonly number[];
}

/** The oldest tasks that ended and are not folded yet. */
export function readEndedTasks(db: Queryable, jobId: string, rows: number): Promise<EndedTasksRow[]> {
  return db.query<EndedTasksRow>(sql.readEndedTasks, [jobId, rows]);
}

export interface EndedResultRow {
  readonly index: number;
  readonly state: string;
  readonly attempt: number;
  readonly error: string | null;
  /** Set where the result lies in the object store. */
  readonly stored_bytes: number | null;
  /** JSON text. */
  readonly result: string | null;
}

export function readEndedResults(db: Queryable, jobId: string, indices: readonly number[]): Promise<EndedResultRow[]> {
  return db.query<EndedResultRow>(sql.readEndedResults, [jobId, indices]);
}

export interface Fold {
  readonly version: number;
  /** JSON texts. */
  readonly progress: string;
  readonly result: string;
  readonly aliases: string;
  /** Rows of ended tasks that are part of it now, and how many tasks these are. */
  readonly rows: readonly number[];
  readonly tasks: number;
  /** Seconds until the next fold while tasks are still to end. */
  readonly spacing_s: number;
}

/** False when somebody else has folded since `version` was read: nothing was changed. */
export async function foldIfCurrent(db: Queryable, jobId: string, fold: Fold): Promise<boolean> {
  const { version, progress, result, aliases, tasks, spacing_s, rows } = fold;
  const params = [jobId, version, progress, result, aliases, tasks, spacing_s, rows];
  return (await db.query(sql.foldIfCurrent, params)).length > 0;
}

/** Forgets the aggregate: every task that has completed or failed is folded anew. For who makes ended tasks run again. */
export async function foldAgain(tx: Queryable, jobId: string): Promise<void> {
  await tx.query(sql.foldAgain, [jobId]);
}
