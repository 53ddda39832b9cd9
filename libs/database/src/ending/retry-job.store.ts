import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';
import { takeBackReduction } from '../reducing/index.js';

const sql = {
  reopenJobIfTasksFailed: loadSql('reopen-job-if-tasks-failed'),
  replanJobIfUnplanned: loadSql('replan-job-if-unplanned'),
  queueReopenedTasks: loadSql('queue-reopened-tasks'),
  listReopeningJobs: loadSql('list-reopening-jobs'),
};

/**
 * True when this call opened the ended job again for its failed tasks; their rows are moved by {@link queueReopenedTasks}. Two statements: `tx` is a
 * transaction.
 */
export async function reopenJobIfTasksFailed(tx: Queryable, accountId: string, jobId: string): Promise<boolean> {
  const isReducedAnew = await takeBackReduction(tx, accountId, jobId);
  return (await tx.query(sql.reopenJobIfTasksFailed, [accountId, jobId, isReducedAnew])).length > 0;
}

/** True when this call sent a job whose planning had failed back to the planner. */
export async function replanJobIfUnplanned(db: Queryable, accountId: string, jobId: string): Promise<boolean> {
  return (await db.query(sql.replanJobIfUnplanned, [accountId, jobId])).length > 0;
}

export interface ReopenedSlice {
  readonly id: string;
  readonly count: number;
  /** Failed tasks that are left. */
  readonly reopening: number;
  readonly aggregates: boolean;
}

/** Moves at most `size` failed tasks of a reopened job; null when none is left. */
export async function queueReopenedTasks(tx: Queryable, jobId: string, size: number): Promise<ReopenedSlice | null> {
  return (await tx.query<ReopenedSlice>(sql.queueReopenedTasks, [jobId, size]))[0] ?? null;
}

/** Open jobs with failed tasks that are still to be moved. */
export async function listReopeningJobs(db: Queryable): Promise<string[]> {
  return (await db.query<{ id: string }>(sql.listReopeningJobs)).map((row) => row.id);
}
