import type { RunContext } from '@computalot/contracts';
import { mapContextOf } from '@computalot/jobs';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  addReduceStage: loadSql('add-reduce-stage'),
  putAggregate: loadSql('put-aggregate'),
  readNthCompleted: loadSql('read-nth-completed'),
  readCompletedResults: loadSql('read-completed-results'),
  readFirstUnfinished: loadSql('read-first-unfinished'),
  lockReductionToRedo: loadSql('lock-reduction-to-redo'),
  takeBackReduction: loadSql('take-back-reduction'),
};

/** Tasks of a job by index: from `from` until `until`, exclusive. */
export interface TaskRange {
  readonly from: number;
  readonly until: number;
}

export interface NewStage {
  readonly tasks: number;
  /** Of the later stages. */
  readonly tasks_ahead: number;
  readonly map_total: number;
  readonly context: RunContext;
}

/** Makes room for a stage of reduce tasks, whose rows are then planned. Hold the job (`lockJobToClose`). */
export async function addReduceStage(tx: Queryable, jobId: string, stage: NewStage): Promise<void> {
  const { tasks, tasks_ahead, map_total, context } = stage;
  const texts = [JSON.stringify(context), JSON.stringify(context.requirements)];
  await tx.query(sql.addReduceStage, [jobId, tasks, ...texts, map_total, tasks_ahead]);
}

/** `result` is JSON text. */
export async function putAggregate(tx: Queryable, jobId: string, result: string): Promise<void> {
  await tx.query(sql.putAggregate, [jobId, result]);
}

/** Indices of the completed tasks of the range that have these numbers, counted in order from 0. */
export async function readNthCompleted(
  db: Queryable,
  jobId: string,
  { from, until }: TaskRange,
  numbers: readonly number[],
): Promise<number[]> {
  const rows = await db.query<{ index: number }>(sql.readNthCompleted, [jobId, from, until, numbers]);
  return rows.map(({ index }) => index);
}

export interface CompletedResult {
  readonly index: number;
  readonly attempt: number;
  /** Set where the result lies in the object store. */
  readonly stored_bytes: number | null;
  /** JSON text. */
  readonly result: string | null;
}

/** The first completed tasks of the range: `rows` at most, and fewer where they are large. Empty when there is none. */
export function readCompletedResults(
  db: Queryable,
  jobId: string,
  { from, until }: TaskRange,
  { rows, bytes }: { readonly rows: number; readonly bytes: number },
): Promise<CompletedResult[]> {
  return db.query<CompletedResult>(sql.readCompletedResults, [jobId, from, until, rows, bytes]);
}

export interface UnfinishedTask {
  readonly index: number;
  readonly state: 'failed' | 'cancelled';
}

/** The first task from `from` on that did not complete. */
export async function readFirstUnfinished(db: Queryable, jobId: string, from: number): Promise<UnfinishedTask | null> {
  return (await db.query<UnfinishedTask>(sql.readFirstUnfinished, [jobId, from]))[0] ?? null;
}

/**
 * For a retry: takes the reduction of an ended job back when running its failed tasks again changes what was reduced. False when there is none, or
 * it stands. In the transaction that opens the job.
 */
export async function takeBackReduction(tx: Queryable, accountId: string, jobId: string): Promise<boolean> {
  const [job] = await tx.query<{ run_context: RunContext }>(sql.lockReductionToRedo, [accountId, jobId]);
  if (!job) return false;
  const context = mapContextOf(job.run_context);
  await tx.query(sql.takeBackReduction, [jobId, JSON.stringify(context), JSON.stringify(context.requirements)]);
  return true;
}
