import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = { readTaskArtifacts: loadSql('read-task-artifacts'), findJobArtifacts: loadSql('find-job-artifacts') };

interface ArtifactFacts {
  readonly id: string;
  readonly job_id: string | null;
  readonly task_index: number | null;
  readonly filename: string;
  readonly created_at: Date;
}

export interface StoredArtifact extends ArtifactFacts {
  readonly size_bytes: number;
  readonly sha256: string;
  readonly external_url: null;
}

/** Lies elsewhere. */
export interface ExternalArtifact extends ArtifactFacts {
  readonly size_bytes: null;
  /** What its bytes are said to be. */
  readonly sha256: string | null;
  readonly external_url: string;
}

export type ArtifactRow = StoredArtifact | ExternalArtifact;

/** Artifacts of a deleted job are nobody's any more, long before their rows are gone. */
const OF_A_JOB_THAT_IS_THERE = '(job_id IS NULL OR EXISTS (SELECT FROM jobs WHERE jobs.id = artifacts.job_id))';
const COLUMNS =
  'id, job_id, task_index, filename, size_bytes, coalesce(sha256, external_sha256) AS sha256, external_url, created_at';

/** Ids of published artifacts by task index, of the tasks from..to. */
export async function readTaskArtifacts(
  db: Queryable,
  accountId: string,
  jobId: string,
  from: number,
  to: number,
): Promise<Map<number, string[]>> {
  const rows = await db.query<{ index: number; id: string }>(sql.readTaskArtifacts, [accountId, jobId, from, to]);
  const byTask = new Map<number, string[]>();
  for (const { index, id } of rows) byTask.set(index, [...(byTask.get(index) ?? []), id]);
  return byTask;
}

/** What a job's tasks (or one of them) left under a name, each its latest; when there are more than two, two of them. */
export function findJobArtifacts(
  db: Queryable,
  {
    accountId,
    jobId,
    filename,
    task,
  }: {
    readonly accountId: string;
    readonly jobId: string;
    readonly filename: string;
    readonly task: number | undefined;
  },
): Promise<StoredArtifact[]> {
  return db.query<StoredArtifact>(sql.findJobArtifacts, [accountId, jobId, filename, task ?? null]);
}

/** Published ones, newest first. */
export function listArtifacts(
  db: Queryable,
  accountId: string,
  filter: { readonly job_id?: string | undefined; readonly name?: string | undefined },
  before: string | null,
  limit: number,
): Promise<ArtifactRow[]> {
  return db.query<ArtifactRow>(
    `SELECT ${COLUMNS} FROM artifacts
     WHERE account_id = $1 AND published_at IS NOT NULL AND ($2::uuid IS NULL OR job_id = $2) AND ($3::text IS NULL OR filename = $3)
       AND ($4::uuid IS NULL OR id < $4) AND ${OF_A_JOB_THAT_IS_THERE}
     ORDER BY id DESC LIMIT $5`,
    [accountId, filter.job_id ?? null, filter.name ?? null, before, limit],
  );
}

export async function readArtifact(db: Queryable, accountId: string, id: string): Promise<ArtifactRow | null> {
  const rows = await db.query<ArtifactRow>(
    `SELECT ${COLUMNS} FROM artifacts WHERE account_id = $1 AND id = $2 AND published_at IS NOT NULL AND ${OF_A_JOB_THAT_IS_THERE}`,
    [accountId, id],
  );
  return rows[0] ?? null;
}
