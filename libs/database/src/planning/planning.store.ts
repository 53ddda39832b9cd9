import type { Resolved } from '@computalot/jobs';
import type { ProjectManifest } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  listJobsToPlan: loadSql('list-jobs-to-plan'),
  readUnplannedJobs: loadSql('read-unplanned-jobs'),
  readJobToPlan: loadSql('read-job-to-plan'),
  beginPlanningIfNew: loadSql('begin-planning-if-new'),
  lockPlanningIfFree: loadSql('lock-planning-if-free'),
  insertTaskSlice: loadSql('insert-task-slice'),
  failPlanningIfNew: loadSql('fail-planning-if-new'),
};

export interface JobToPlan {
  readonly id: string;
  readonly account_id: string;
  readonly type: string;
  readonly run: number;
  readonly tags: readonly string[];
  readonly client_ref: string | null;
  readonly revision: string | null;
  readonly requirements: Record<string, unknown>;
  readonly project_name: string | null;
  readonly submission: Record<string, unknown>;
  /** See {@link keepResolvedIfFirst}. */
  readonly resolved: Resolved | null;
  /** Counted when the job was accepted. */
  readonly item_total: number;
  readonly manifest: ProjectManifest | null;
}

/** Ids of open jobs older than `ageSeconds` whose tasks are not all inserted. */
export async function listJobsToPlan(db: Queryable, ageSeconds: number): Promise<string[]> {
  return (await db.query<{ id: string }>(sql.listJobsToPlan, [ageSeconds])).map((row) => row.id);
}

/** Those among `ids` that are open and whose tasks are not all inserted; `waits` where dependencies do not hold yet. */
export function readUnplannedJobs(db: Queryable, ids: readonly string[]): Promise<{ id: string; waits: boolean }[]> {
  return db.query(sql.readUnplannedJobs, [ids]);
}

/** The job if it is still unplanned and its dependencies hold. */
export async function readJobToPlan(db: Queryable, id: string): Promise<JobToPlan | null> {
  return (await db.query<JobToPlan>(sql.readJobToPlan, [id]))[0] ?? null;
}

/** Keeps what the names in the job's payload stand for, unless another planner did; returns what is kept, null when the job is gone. */
export async function keepResolvedIfFirst(db: Queryable, jobId: string, resolved: Resolved): Promise<Resolved | null> {
  await db.query('UPDATE job_submissions SET resolved = $2 WHERE job_id = $1 AND resolved IS NULL', [
    jobId,
    JSON.stringify(resolved),
  ]);
  const rows = await db.query<{ resolved: Resolved }>('SELECT resolved FROM job_submissions WHERE job_id = $1', [
    jobId,
  ]);
  return rows[0]?.resolved ?? null;
}

/** Who has the last word when every task has ended, and whether results are aggregated until then (which only the planner can finish). */
export interface Closing {
  readonly closedByPlanner: boolean;
  readonly aggregates: boolean;
  /** Tasks that the planner will add when all goes well. */
  readonly tasksAhead: number;
}

const endsWithItsTasks: Closing = { closedByPlanner: false, aggregates: false, tasksAhead: 0 };

/** False when another planner was faster, the job has ended, or its dependencies do not hold. */
export async function beginPlanningIfNew(
  tx: Queryable,
  jobId: string,
  taskTotal: number,
  runContext: object,
  { closedByPlanner, aggregates, tasksAhead }: Closing = endsWithItsTasks,
): Promise<boolean> {
  const params = [jobId, taskTotal, JSON.stringify(runContext), closedByPlanner, aggregates, tasksAhead];
  return (await tx.query(sql.beginPlanningIfNew, params)).length > 0;
}

export interface PlannedSlice {
  readonly id: string;
  readonly planned: number;
  readonly task_total: number;
  /** Rows of this slice. */
  readonly inserted: number;
  /** The job's cancellation is requested: the rows were inserted as cancelled. */
  readonly born_cancelled: boolean;
}

/** False while another planner inserts tasks of the job; else ours until the transaction ends. */
export async function lockPlanningIfFree(tx: Queryable, jobId: string): Promise<boolean> {
  return (await tx.query<{ is_ours: boolean }>(sql.lockPlanningIfFree, [jobId]))[0]?.is_ours === true;
}

/**
 * Inserts at most `size` more task rows; null when nothing is left. Hold {@link lockPlanningIfFree}.
 * @throws when another planner inserted the same rows meanwhile
 */
export async function insertTaskSlice(tx: Queryable, jobId: string, size: number): Promise<PlannedSlice | null> {
  const [slice] = await tx.query<PlannedSlice | (PlannedSlice & { planned: null })>(sql.insertTaskSlice, [jobId, size]);
  if (slice?.planned === null) throw new Error(`job ${jobId} was planned or ended by another one meanwhile`);
  return slice ?? null;
}

/** False when the job has tasks already, has ended, or its dependencies do not hold. */
export async function failPlanningIfNew(tx: Queryable, jobId: string, error: object): Promise<boolean> {
  return (await tx.query(sql.failPlanningIfNew, [jobId, JSON.stringify(error)])).length > 0;
}
