import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  lockOrphanedContents: loadSql('lock-orphaned-contents'),
  claimOrphanedContents: loadSql('claim-orphaned-contents'),
  forgetOrphanedContents: loadSql('forget-orphaned-contents'),
  sweepUnpublishedArtifacts: loadSql('sweep-unpublished-artifacts'),
  discardCheckpointsOfEndedJobs: loadSql('discard-checkpoints-of-ended-jobs'),
  listDiscardedCheckpoints: loadSql('list-discarded-checkpoints'),
  forgetDiscardedCheckpoints: loadSql('forget-discarded-checkpoints'),
};

/** Bytes of an account, whatever artifacts have them. */
export interface Content {
  readonly account_id: string;
  readonly sha256: string;
}

const columns = (contents: readonly Content[]) => [
  contents.map(({ account_id }) => account_id),
  contents.map(({ sha256 }) => sha256),
];

export interface ClaimedContents {
  /** How many were looked at. */
  readonly seen: number;
  /** Nobody has them, and nobody gets them before {@link forgetOrphanedContents}: their bytes are to be removed. */
  readonly orphaned: readonly Content[];
}

/** Takes at most `limit` contents of which an artifact was deleted. A removal that began `staleSeconds` ago died and is taken again. */
export async function claimOrphanedContents(
  tx: Queryable,
  limit: number,
  staleSeconds: number,
): Promise<ClaimedContents> {
  const locked = await tx.query<Content>(sql.lockOrphanedContents, [limit, staleSeconds]);
  if (locked.length === 0) return { seen: 0, orphaned: [] };
  // A statement of its own: it sees what was announced before the locks were had.
  const orphaned = await tx.query<Content>(sql.claimOrphanedContents, columns(locked));
  return { seen: locked.length, orphaned };
}

/** The bytes are gone. */
export async function forgetOrphanedContents(db: Queryable, contents: readonly Content[]): Promise<void> {
  await db.query(sql.forgetOrphanedContents, columns(contents));
}

const countOf = async (rows: Promise<{ count: number }[]>) => (await rows)[0]?.count ?? 0;

/** Removes artifacts whose bytes never came within `ageSeconds`; returns how many. */
export function sweepUnpublishedArtifacts(db: Queryable, ageSeconds: number, limit: number): Promise<number> {
  return countOf(db.query(sql.sweepUnpublishedArtifacts, [ageSeconds, limit]));
}

/** Discards checkpoints of jobs that ended `ageSeconds` ago or earlier; returns how many. */
export function discardCheckpointsOfEndedJobs(db: Queryable, ageSeconds: number, limit: number): Promise<number> {
  return countOf(db.query(sql.discardCheckpointsOfEndedJobs, [ageSeconds, limit]));
}

export interface DiscardedCheckpoint {
  readonly job_id: string;
  readonly index: number;
  readonly attempt: number;
}

export function listDiscardedCheckpoints(db: Queryable, limit: number): Promise<DiscardedCheckpoint[]> {
  return db.query<DiscardedCheckpoint>(sql.listDiscardedCheckpoints, [limit]);
}

/** Their bytes are gone. */
export async function forgetDiscardedCheckpoints(
  db: Queryable,
  checkpoints: readonly DiscardedCheckpoint[],
): Promise<void> {
  await db.query(sql.forgetDiscardedCheckpoints, [
    checkpoints.map(({ job_id }) => job_id),
    checkpoints.map(({ index }) => index),
    checkpoints.map(({ attempt }) => attempt),
  ]);
}
