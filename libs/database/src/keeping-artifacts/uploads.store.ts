import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';
import type { PublishableArtifact } from './artifacts.store.js';

const sql = {
  beginUpload: loadSql('begin-upload'),
  signUpload: loadSql('sign-upload'),
  readUpload: loadSql('read-upload'),
  completeUploadIfOpen: loadSql('complete-upload-if-open'),
  claimUploadsToVerify: loadSql('claim-uploads-to-verify'),
  settleUpload: loadSql('settle-upload'),
  abandonUpload: loadSql('abandon-upload'),
  listSpentUploads: loadSql('list-spent-uploads'),
  forgetSpentUploads: loadSql('forget-spent-uploads'),
};

/** How an upload in parts is known to the object store. */
export interface Multipart {
  readonly multipart_id: string;
  /** Of every part but the last. */
  readonly part_bytes: number;
}

/** Null for an upload in one piece. What an earlier run of the same request began is what counts. */
export async function beginUpload(
  db: Queryable,
  artifact: { readonly id: string; readonly account_id: string },
  multipart: Multipart | null,
): Promise<Multipart | null> {
  const values = [artifact.id, artifact.account_id, multipart?.multipart_id ?? null, multipart?.part_bytes ?? null];
  const [row] = await db.query<Multipart>(sql.beginUpload, values);
  return row && row.multipart_id !== null ? row : null;
}

/** To be called before the URLs are given away. Null when nobody uploads the artifact any more. */
export async function signUpload(
  db: Queryable,
  artifactId: string,
  expires_s: number,
): Promise<{ readonly account_id: string; readonly multipart_id: string | null } | null> {
  const rows = await db.query<{ account_id: string; multipart_id: string | null }>(sql.signUpload, [
    artifactId,
    expires_s,
  ]);
  return rows[0] ?? null;
}

/** A user's upload. */
export interface UploadRow {
  readonly artifact_id: string;
  readonly account_id: string;
  readonly multipart_id: string | null;
  readonly part_bytes: number | null;
  /** Null for one that was refused. */
  readonly size_bytes: number | null;
  readonly status: 'open' | 'verifying' | 'published' | 'refused';
  /** Why it was refused. */
  readonly fault: string | null;
}

export async function readUpload(db: Queryable, accountId: string, artifactId: string): Promise<UploadRow | null> {
  return (await db.query<UploadRow>(sql.readUpload, [accountId, artifactId]))[0] ?? null;
}

/** False when that was said before, or the upload is over. */
export async function completeUploadIfOpen(db: Queryable, accountId: string, artifactId: string): Promise<boolean> {
  return (await db.query(sql.completeUploadIfOpen, [accountId, artifactId])).length > 0;
}

export interface UploadToVerify {
  readonly id: string;
  readonly account_id: string;
  readonly multipart_id: string | null;
  /** Null when it is published already, or gone. */
  readonly artifact: PublishableArtifact | null;
}

type ClaimedRow = Omit<UploadToVerify, 'artifact'> & Omit<PublishableArtifact, 'sha256'> & { sha256: string | null };

/** At most `limit` that are due, or the one of `artifactId` when it is. */
export async function claimUploadsToVerify(
  db: Queryable,
  artifactId: string | null,
  limit: number,
): Promise<UploadToVerify[]> {
  const rows = await db.query<ClaimedRow>(sql.claimUploadsToVerify, [artifactId, limit]);
  return rows.map(({ multipart_id, sha256, ...row }) => {
    const { id, account_id } = row;
    return { id, account_id, multipart_id, artifact: sha256 === null ? null : { ...row, sha256 } };
  });
}

/** `fault` says what is wrong with what arrived; null when nothing is. */
export async function settleUpload(db: Queryable, artifactId: string, fault: string | null): Promise<void> {
  await db.query(sql.settleUpload, [artifactId, fault]);
}

/** Null when there is no such upload, or its artifact is published. */
export async function abandonUpload(
  db: Queryable,
  accountId: string,
  artifactId: string,
): Promise<{ readonly multipart_id: string | null } | null> {
  const rows = await db.query<{ multipart_id: string | null }>(sql.abandonUpload, [accountId, artifactId]);
  return rows[0] ?? null;
}

export type SpentUpload = Pick<UploadRow, 'artifact_id' | 'account_id' | 'multipart_id'>;

export function listSpentUploads(db: Queryable, limit: number): Promise<SpentUpload[]> {
  return db.query<SpentUpload>(sql.listSpentUploads, [limit]);
}

/** Nothing is left of what arrived. */
export async function forgetSpentUploads(db: Queryable, uploads: readonly SpentUpload[]): Promise<void> {
  await db.query(sql.forgetSpentUploads, [uploads.map(({ artifact_id }) => artifact_id)]);
}
