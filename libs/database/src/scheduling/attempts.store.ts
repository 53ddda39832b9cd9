import type { StreamArchive } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  lockCurrentAttempts: loadSql('lock-current-attempts'),
  moveAttemptsIfCurrent: loadSql('move-attempts-if-current'),
  keepEndedAttempts: loadSql('keep-ended-attempts'),
  keepOutputs: loadSql('keep-outputs'),
  keepCheckpoints: loadSql('keep-checkpoints'),
};

export type AttemptKey = { readonly job_id: string; readonly index: number; readonly attempt: number };

/** A current attempt, its row locked until the transaction ends. */
export interface CurrentAttempt extends AttemptKey {
  readonly state: 'leased' | 'running';
  readonly failures: number;
  readonly losses: number;
  readonly worker_id: string;
  /** Where the locked row lies; good until the transaction ends. */
  readonly address: string;
}

export type TaskState = 'queued' | 'leased' | 'running' | 'retrying' | 'completed' | 'failed' | 'cancelled';

/** What watchers and the job's counters are told of a task. */
export interface MovedTask extends AttemptKey {
  readonly to: Exclude<TaskState, 'leased'>;
  readonly exit_code?: number | null | undefined;
}

/** One decided transition of a locked attempt. Times in epoch milliseconds. */
export interface AttemptMove extends MovedTask {
  readonly worker_id: string;
  readonly address: string;
  readonly from: 'leased' | 'running';
  readonly failures?: 1 | undefined;
  readonly losses?: 1 | undefined;
  readonly exit_code?: number | undefined;
  readonly available_at?: number | undefined;
  readonly started_at?: number | undefined;
  readonly finished_at?: number | undefined;
  readonly outcome?: object | undefined;
  /** JSON text. */
  readonly result?: string | undefined;
  /** Why the attempt ended without completing; kept in the history of attempts. */
  readonly ended?: string | undefined;
  readonly stdout?: StreamArchive | undefined;
  readonly stderr?: StreamArchive | undefined;
}

const byKey = (a: AttemptKey, b: AttemptKey) =>
  a.job_id < b.job_id ? -1 : a.job_id > b.job_id ? 1 : a.index - b.index;

/** Locks those of `keys` that are current and active, in one order everywhere. The others are fenced off. */
export function lockCurrentAttempts(tx: Queryable, keys: readonly AttemptKey[]): Promise<CurrentAttempt[]> {
  const sorted = [...keys].sort(byKey);
  return tx.query<CurrentAttempt>(sql.lockCurrentAttempts, [
    sorted.map((k) => k.job_id),
    sorted.map((k) => k.index),
    sorted.map((k) => k.attempt),
  ]);
}

const json = (value: object | undefined) => (value === undefined ? null : JSON.stringify(value));

export async function moveAttemptsIfCurrent(tx: Queryable, moves: readonly AttemptMove[]): Promise<void> {
  await tx.query(sql.moveAttemptsIfCurrent, [
    moves.map((m) => m.job_id),
    moves.map((m) => m.index),
    moves.map((m) => m.attempt),
    moves.map((m) => m.to),
    moves.map((m) => m.failures ?? 0),
    moves.map((m) => m.losses ?? 0),
    moves.map((m) => m.exit_code ?? null),
    moves.map((m) => m.available_at ?? null),
    moves.map((m) => m.started_at ?? null),
    moves.map((m) => m.finished_at ?? null),
    moves.map((m) => json(m.outcome)),
    moves.map((m) => m.result ?? null),
    moves.map((m) => m.address),
  ]);
}

export async function keepEndedAttempts(tx: Queryable, moves: readonly AttemptMove[]): Promise<void> {
  const ended = moves.filter((m) => m.ended !== undefined);
  if (ended.length === 0) return;
  await tx.query(sql.keepEndedAttempts, [
    ended.map((m) => m.job_id),
    ended.map((m) => m.index),
    ended.map((m) => m.attempt),
    ended.map((m) => m.worker_id),
    ended.map((m) => m.ended),
    ended.map((m) => m.exit_code ?? null),
    ended.map((m) => json(m.outcome)),
    ended.map((m) => m.started_at ?? null),
    ended.map((m) => m.finished_at ?? null),
  ]);
}

/** `saved_at` in epoch milliseconds. */
export type SavedCheckpoint = AttemptKey & { readonly saved_at: number; readonly size_bytes: number };

/** After `applyMoves`, whose row addresses this makes invalid. */
export async function keepCheckpoints(tx: Queryable, saved: readonly SavedCheckpoint[]): Promise<void> {
  if (saved.length === 0) return;
  await tx.query(sql.keepCheckpoints, [
    saved.map((s) => s.job_id),
    saved.map((s) => s.index),
    saved.map((s) => s.attempt),
    saved.map((s) => s.saved_at),
    saved.map((s) => s.size_bytes),
  ]);
}

export async function keepOutputs(tx: Queryable, moves: readonly AttemptMove[]): Promise<void> {
  const outputs = moves.flatMap((move) =>
    (['stdout', 'stderr'] as const).flatMap((stream) => {
      const archive = move[stream];
      return archive && archive.size_bytes > 0 ? [{ move, stream, archive }] : [];
    }),
  );
  if (outputs.length === 0) return;
  await tx.query(sql.keepOutputs, [
    outputs.map((o) => o.move.job_id),
    outputs.map((o) => o.move.index),
    outputs.map((o) => o.move.attempt),
    outputs.map((o) => o.stream),
    outputs.map((o) => o.archive.size_bytes),
    outputs.map((o) => o.archive.tail),
    outputs.map((o) => o.archive.stored),
    outputs.map((o) => o.archive.stored_bytes ?? null),
  ]);
}
