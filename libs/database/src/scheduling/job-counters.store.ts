import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';
import type { TaskState } from './attempts.store.js';

const sql = {
  addToJobCounters: loadSql('add-to-job-counters'),
  finishJobsIfOpen: loadSql('finish-jobs-if-open'),
  readJobFacts: loadSql('read-job-facts'),
  requestStopAfterFailures: loadSql('request-stop-after-failures'),
};

export type TaskCounts = Record<TaskState, number>;
export const taskStates = ['queued', 'leased', 'running', 'retrying', 'completed', 'failed', 'cancelled'] as const;

/** What one transaction adds to a job: counts per state, whether a first attempt started, mean runtime of the attempts that ended. */
export class JobDelta {
  readonly counts: TaskCounts = {
    queued: 0,
    leased: 0,
    running: 0,
    retrying: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
  };
  started = false;
  private runtimeSum = 0;
  private runtimeCount = 0;

  move(from: TaskState, to: TaskState, count = 1): void {
    this.counts[from] -= count;
    this.counts[to] += count;
  }

  ran(milliseconds: number): void {
    this.runtimeSum += milliseconds;
    this.runtimeCount += 1;
  }

  get meanRuntimeMs(): number | null {
    return this.runtimeCount === 0 ? null : this.runtimeSum / this.runtimeCount;
  }
}

export interface CountedJob extends TaskCounts {
  readonly id: string;
  readonly status: string;
  readonly just_started: boolean;
  readonly task_total: number;
  readonly planned: number;
  readonly cancel_requested: boolean;
  readonly max_failures: number | null;
  readonly error: { code: string } | null;
  readonly closed_by_planner: boolean;
  readonly aggregates: boolean;
  readonly run: number;
}

/** Adds the deltas and returns the new counts of every job. Must follow the task changes in the same transaction. */
export async function addToJobCounters(tx: Queryable, deltas: ReadonlyMap<string, JobDelta>): Promise<CountedJob[]> {
  const entries = [...deltas].sort(([a], [b]) => (a < b ? -1 : 1));
  return tx.query<CountedJob>(sql.addToJobCounters, [
    entries.map(([id]) => id),
    ...taskStates.map((state) => entries.map(([, delta]) => delta.counts[state])),
    entries.map(([, delta]) => delta.started),
    entries.map(([, delta]) => delta.meanRuntimeMs),
  ]);
}

export interface FinishedJob {
  readonly id: string;
  readonly status: string;
  readonly finished_at: Date;
}

export function finishJobsIfOpen(
  tx: Queryable,
  jobs: readonly { id: string; status: string; error: object | null }[],
): Promise<FinishedJob[]> {
  return tx.query<FinishedJob>(sql.finishJobsIfOpen, [
    jobs.map((j) => j.id),
    jobs.map((j) => j.status),
    jobs.map((j) => (j.error ? JSON.stringify(j.error) : null)),
  ]);
}

/** Facts of a job that never change once it is accepted. */
export interface JobFacts {
  readonly id: string;
  readonly account_id: string;
  readonly project_id: string | null;
  readonly type: string;
  readonly tags: readonly string[];
  readonly client_ref: string | null;
  readonly retry: Record<string, unknown>;
}

export function readJobFacts(db: Queryable, ids: readonly string[]): Promise<JobFacts[]> {
  return db.query<JobFacts>(sql.readJobFacts, [ids]);
}

export async function requestStopAfterFailures(tx: Queryable, ids: readonly string[], error: object): Promise<void> {
  await tx.query(sql.requestStopAfterFailures, [ids, JSON.stringify(error)]);
}
