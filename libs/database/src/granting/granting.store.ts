import { encodeId } from '@computalot/kernel';
import type { Queryable } from '../database.js';
import { unlessBeingRemoved, type BeingRemoved } from '../keeping-artifacts/being-removed.js';
import { loadSql } from '../load-sql.js';

const sql = {
  readHoldings: loadSql('grant-read-holdings'),
  findPublishedContent: loadSql('grant-find-published-content'),
  insertArtifactIfUnpublished: loadSql('grant-insert-artifact-if-unpublished'),
  readArtifactOfHolder: loadSql('grant-read-artifact-of-holder'),
  readSecretNames: loadSql('grant-read-secret-names'),
  readCheckpoint: loadSql('grant-read-checkpoint'),
  readReduceRun: loadSql('grant-read-reduce-run'),
  readInput: loadSql('grant-read-input'),
};

/** Does `worker_id` hold this attempt, or (without index and attempt) any task of the job? */
export interface HoldingQuestion {
  readonly worker_id: string;
  readonly job_id: string;
  readonly index?: number;
  readonly attempt?: number;
}

/** What a grant needs to know of a job that is held. */
export interface HeldJob {
  readonly account_id: string;
  /** Content hash; null for a job without a project. */
  readonly revision: string | null;
  /** Whose code it is: the job's own account, or that of the recipes. */
  readonly revision_account_id: string;
}

/** One answer per question, in order; null where nothing is held. */
export async function readHoldings(db: Queryable, questions: readonly HoldingQuestion[]): Promise<(HeldJob | null)[]> {
  const answers: (HeldJob | null)[] = questions.map(() => null);
  if (questions.length === 0) return answers;
  const rows = await db.query<HeldJob & { position: number }>(sql.readHoldings, [
    questions.map((q) => q.worker_id),
    questions.map((q) => q.job_id),
    questions.map((q) => q.index ?? null),
    questions.map((q) => q.attempt ?? null),
  ]);
  for (const { position, ...held } of rows) answers[position - 1] = held;
  return answers;
}

/** The attempt under whose key the task's latest checkpoint lies; null when it has none. */
export async function readCheckpointAttempt(db: Queryable, job_id: string, index: number): Promise<number | null> {
  return (await db.query<{ attempt: number }>(sql.readCheckpoint, [job_id, index]))[0]?.attempt ?? null;
}

/** The run in which the reduce that task `index` belongs to was planned; null for a task of the map. */
export async function readReduceRun(db: Queryable, job_id: string, index: number): Promise<number | null> {
  return (await db.query<{ run: number }>(sql.readReduceRun, [job_id, index]))[0]?.run ?? null;
}

/** Where the bytes of an artifact lie; null when it is gone, or is none of the job's inputs. */
export async function readInput(
  db: Queryable,
  job_id: string,
  artifactId: string,
): Promise<{ readonly account_id: string; readonly sha256: string } | null> {
  const rows = await db.query<{ account_id: string; sha256: string }>(sql.readInput, [
    job_id,
    artifactId,
    encodeId('art', artifactId),
  ]);
  return rows[0] ?? null;
}

/** Names of the secrets that the job's runners get. */
export async function readSecretNames(db: Queryable, job_id: string): Promise<readonly string[]> {
  return (await db.query<{ names: string[] | null }>(sql.readSecretNames, [job_id]))[0]?.names ?? [];
}

/** True when the account has these bytes stored and verified. */
export async function isContentPublished(
  db: Queryable,
  content: { account_id: string; sha256: string; size_bytes: number },
): Promise<boolean> {
  const { account_id, sha256, size_bytes } = content;
  return (await db.query(sql.findPublishedContent, [account_id, sha256, size_bytes])).length > 0;
}

/** A file of an attempt, announced by the worker that runs it. */
export interface AnnouncedArtifact {
  readonly id: string;
  readonly account_id: string;
  readonly job_id: string;
  readonly index: number;
  readonly attempt: number;
  readonly filename: string;
  readonly size_bytes: number;
  readonly sha256: string;
}

export type Announcement =
  /** The id is an earlier announcement's when there was one. */
  | { readonly kind: 'announced'; readonly id: string }
  /** Other content is published under its name. */
  | { readonly kind: 'taken' }
  | BeingRemoved;

export async function insertArtifactIfUnpublished(db: Queryable, artifact: AnnouncedArtifact): Promise<Announcement> {
  const { id, account_id, job_id, index, attempt, filename, size_bytes, sha256 } = artifact;
  const values = [id, account_id, job_id, index, attempt, filename, size_bytes, sha256];
  return unlessBeingRemoved(async () => {
    const [row] = await db.query<{ id: string }>(sql.insertArtifactIfUnpublished, values);
    return row ? { kind: 'announced', id: row.id } : { kind: 'taken' };
  });
}

export interface HeldArtifact {
  readonly id: string;
  readonly account_id: string;
  readonly job_id: string;
  readonly filename: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly published: boolean;
}

/** Null when there is no such artifact, or the worker does not hold the attempt it belongs to. */
export async function readArtifactOfHolder(
  db: Queryable,
  artifactId: string,
  workerId: string,
): Promise<HeldArtifact | null> {
  return (await db.query<HeldArtifact>(sql.readArtifactOfHolder, [artifactId, workerId]))[0] ?? null;
}
