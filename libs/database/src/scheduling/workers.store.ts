import type { Resources } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';
import type { AttemptKey, CurrentAttempt } from './attempts.store.js';

const sql = {
  registerWorker: loadSql('register-worker'),
  touchWorkers: loadSql('touch-workers'),
  lockWorker: loadSql('lock-worker'),
  lockLeasesOfWorkers: loadSql('lock-leases-of-workers'),
  lockOmittedLeases: loadSql('lock-omitted-leases'),
  readStaleHoldings: loadSql('read-stale-holdings'),
  lockWorkersToRescue: loadSql('lock-workers-to-rescue'),
  markWorkersLost: loadSql('mark-workers-lost'),
};

export interface WorkerPresence {
  readonly worker_id: string;
  readonly incarnation: string;
  readonly name: string;
  readonly offers: Resources;
  readonly draining: boolean;
}

export interface KnownWorker {
  readonly incarnation: string;
  readonly state: 'ready' | 'draining' | 'lost' | 'left';
}

/** Inserts or updates the worker; returns what was known of it before, null for a new one. Hold {@link lockWorker} first. */
export async function registerWorker(tx: Queryable, worker: WorkerPresence): Promise<KnownWorker | null> {
  const { worker_id, name, incarnation, offers, draining } = worker;
  const rows = await tx.query<KnownWorker>(sql.registerWorker, [
    worker_id,
    name,
    incarnation,
    JSON.stringify(offers),
    draining,
  ]);
  return rows[0] ?? null;
}

/** Notes the time for workers of which nothing else changed; returns their ids. */
export async function touchWorkers(db: Queryable, workers: readonly WorkerPresence[]): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>(sql.touchWorkers, [
    workers.map((w) => w.worker_id),
    workers.map((w) => w.incarnation),
    workers.map((w) => (w.draining ? 'draining' : 'ready')),
    workers.map((w) => JSON.stringify(w.offers)),
  ]);
  return new Set(rows.map((row) => row.id));
}

/** Excludes placement on the worker until the transaction ends. */
export async function lockWorker(tx: Queryable, workerId: string): Promise<void> {
  await tx.query(sql.lockWorker, [workerId]);
}

export function lockLeasesOfWorkers(tx: Queryable, workerIds: readonly string[]): Promise<CurrentAttempt[]> {
  return tx.query<CurrentAttempt>(sql.lockLeasesOfWorkers, [workerIds]);
}

const columns = (keys: readonly AttemptKey[]) => [
  keys.map((k) => k.job_id),
  keys.map((k) => k.index),
  keys.map((k) => k.attempt),
];

/** Leases of the worker that are not among `held`; none when it is known under another incarnation. */
export function lockOmittedLeases(
  tx: Queryable,
  worker: Pick<WorkerPresence, 'worker_id' | 'incarnation'>,
  held: readonly AttemptKey[],
): Promise<CurrentAttempt[]> {
  return tx.query<CurrentAttempt>(sql.lockOmittedLeases, [worker.worker_id, worker.incarnation, ...columns(held)]);
}

/** Those of `held` that are not current leases of the worker. */
export function readStaleHoldings(db: Queryable, workerId: string, held: readonly AttemptKey[]): Promise<AttemptKey[]> {
  return db.query<AttemptKey>(sql.readStaleHoldings, [workerId, ...columns(held)]);
}

export interface WorkerToRescue {
  readonly id: string;
  readonly name: string;
  /** Given up before, but leases of it are left. */
  readonly was_lost: boolean;
}

/** Workers whose leases are to be released: silent for `ttlSeconds`, or lost with leases left. Those that another scheduler rescues are left out. */
export function lockWorkersToRescue(tx: Queryable, ttlSeconds: number): Promise<WorkerToRescue[]> {
  return tx.query<WorkerToRescue>(sql.lockWorkersToRescue, [ttlSeconds]);
}

export async function markWorkersLost(tx: Queryable, ids: readonly string[]): Promise<void> {
  await tx.query(sql.markWorkersLost, [ids]);
}
