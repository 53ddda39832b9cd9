import type { Resources, RunContext } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  readClaimableGroups: loadSql('read-claimable-groups'),
  lockAvailableWorkers: loadSql('lock-available-workers'),
  readWorkerHoldings: loadSql('read-holdings'),
  lockJobsWithMaxParallel: loadSql('lock-jobs-with-max-parallel'),
  lockAccountsWithRunningQuota: loadSql('lock-accounts-with-running-quota'),
  readRunningRoom: loadSql('read-running-room'),
  claimQueuedTasks: loadSql('claim-queued-tasks'),
  readRunContexts: loadSql('read-run-contexts'),
};

export interface ClaimableGroup {
  readonly id: string;
  readonly account_id: string;
  readonly project_id: string | null;
  readonly priority: number;
  readonly created_at: Date;
  readonly requirements: Resources;
  readonly queued: number;
  /** Leased and running. */
  readonly active: number;
  readonly max_parallel: number | null;
  readonly mean_runtime_ms: number | null;
  /** The account's quota; null: no bound. */
  readonly max_running_tasks: number | null;
}

export interface AvailableWorker {
  readonly id: string;
  readonly incarnation: string;
  readonly offers: Resources;
}

export interface Holding {
  readonly worker_id: string;
  readonly job_id: string;
  readonly account_id: string;
  readonly requirements: Resources;
  readonly count: number;
}

export interface Claim {
  readonly job_id: string;
  readonly worker_id: string;
  readonly indices: readonly number[];
  readonly attempts: readonly number[];
}

export function readClaimableGroups(tx: Queryable, jobsPerAccount: number): Promise<ClaimableGroup[]> {
  return tx.query<ClaimableGroup>(sql.readClaimableGroups, [jobsPerAccount]);
}

/** Workers heard of within `ttlSeconds` that no other scheduler is placing on; theirs until the transaction ends. */
export function lockAvailableWorkers(tx: Queryable, ttlSeconds: number): Promise<AvailableWorker[]> {
  return tx.query<AvailableWorker>(sql.lockAvailableWorkers, [ttlSeconds]);
}

export function readWorkerHoldings(tx: Queryable, workerIds: readonly string[]): Promise<Holding[]> {
  return tx.query<Holding>(sql.readWorkerHoldings, [workerIds]);
}

/** Of jobs with max_parallel, those that no other scheduler is placing; theirs until the transaction ends. */
export async function lockJobsWithMaxParallel(tx: Queryable, jobIds: readonly string[]): Promise<string[]> {
  return (await tx.query<{ id: string }>(sql.lockJobsWithMaxParallel, [jobIds])).map((row) => row.id);
}

/**
 * Of accounts with a quota of running tasks, how many more each may be given. One that another scheduler is placing for is left out; for the others
 * nobody else claims until the transaction ends.
 */
export async function lockRunningRoom(tx: Queryable, accountIds: readonly string[]): Promise<Map<string, number>> {
  const locked = await tx.query<{ id: string }>(sql.lockAccountsWithRunningQuota, [accountIds]);
  const rows = await tx.query<{ id: string; room: number }>(sql.readRunningRoom, [locked.map(({ id }) => id)]);
  return new Map(rows.map(({ id, room }) => [id, room]));
}

/** Leases the lowest queued tasks of each job to the given workers; returns what was really claimed. For jobs with max_parallel hold {@link lockJobsWithMaxParallel}. */
export function claimQueuedTasks(
  tx: Queryable,
  assignments: readonly { jobId: string; workerId: string; count: number }[],
): Promise<Claim[]> {
  return tx.query<Claim>(sql.claimQueuedTasks, [
    assignments.map((a) => a.jobId),
    assignments.map((a) => a.workerId),
    assignments.map((a) => a.count),
  ]);
}

export async function readRunContexts(tx: Queryable, jobIds: readonly string[]): Promise<Map<string, RunContext>> {
  const rows = await tx.query<{ id: string; run_context: RunContext }>(sql.readRunContexts, [jobIds]);
  return new Map(rows.map((row) => [row.id, row.run_context]));
}
