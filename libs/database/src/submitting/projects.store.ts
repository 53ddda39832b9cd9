import type { OutgoingEvent, ProjectManifest, TaskError } from '@computalot/contracts';
import { newUuid } from '@computalot/kernel';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  publishRevision: loadSql('publish-revision'),
  readRuntimeState: loadSql('read-runtime-state'),
  deleteProjectIfIdle: loadSql('delete-project-if-idle'),
};

export interface ProjectRow {
  readonly id: string;
  readonly name: string;
  readonly active_revision: string | null;
  readonly created_at: Date;
}

export interface RevisionRow {
  readonly hash: string;
  readonly size_bytes: number;
  readonly entry_count: number;
  readonly created_at: Date;
}

const COLUMNS = 'id, name, active_revision, created_at';

/** The project of this id too, when it exists: an earlier run of the same request made it. Null when another has the name. */
export async function createProject(
  db: Queryable,
  accountId: string,
  name: string,
  id = newUuid(),
): Promise<ProjectRow | null> {
  const rows = await db.query<ProjectRow>(
    `INSERT INTO projects (account_id, id, name) VALUES ($1, $2, $3) 
     ON CONFLICT (account_id, name) DO UPDATE SET name = excluded.name WHERE projects.id = excluded.id RETURNING ${COLUMNS}`,
    [accountId, id, name],
  );
  return rows[0] ?? null;
}

export async function findProject(db: Queryable, accountId: string, name: string): Promise<ProjectRow | null> {
  const rows = await db.query<ProjectRow>(`SELECT ${COLUMNS} FROM projects WHERE account_id = $1 AND name = $2`, [
    accountId,
    name,
  ]);
  return rows[0] ?? null;
}

/** By name, after the cursor `after`. */
export function listProjects(
  db: Queryable,
  accountId: string,
  after: string | null,
  limit: number,
): Promise<ProjectRow[]> {
  return db.query<ProjectRow>(
    `SELECT ${COLUMNS} FROM projects WHERE account_id = $1 AND ($2::text IS NULL OR name > $2 COLLATE "C") ORDER BY name COLLATE "C" LIMIT $3`,
    [accountId, after, limit],
  );
}

/** Newest first, after the cursor `before` (creation time and hash of the last one seen). */
export function listRevisions(
  db: Queryable,
  accountId: string,
  projectId: string,
  before: { readonly created_at: string; readonly hash: string } | null,
  limit: number,
): Promise<RevisionRow[]> {
  return db.query<RevisionRow>(
    `SELECT r.hash, r.size_bytes, r.entry_count, r.created_at FROM revisions r JOIN projects p ON p.id = r.project_id
     WHERE p.account_id = $1 AND p.id = $2
       AND ($3::timestamptz IS NULL OR (date_trunc('milliseconds', r.created_at), r.hash) < ($3, $4))
     ORDER BY date_trunc('milliseconds', r.created_at) DESC, r.hash DESC LIMIT $5`,
    [accountId, projectId, before?.created_at ?? null, before?.hash ?? null, limit],
  );
}

export interface PushedRevision {
  readonly hash: string;
  readonly size_bytes: number;
  readonly entry_count: number;
  readonly manifest: object | null;
  readonly event: OutgoingEvent;
}

/** Null when the project is gone. */
export async function publishRevision(
  db: Queryable,
  accountId: string,
  projectId: string,
  pushed: PushedRevision,
): Promise<RevisionRow | null> {
  const rows = await db.query<RevisionRow>(sql.publishRevision, [
    accountId,
    projectId,
    pushed.hash,
    pushed.size_bytes,
    pushed.entry_count,
    pushed.manifest === null ? null : JSON.stringify(pushed.manifest),
    JSON.stringify([pushed.event]),
  ]);
  return rows[0] ?? null;
}

export interface RuntimeStateRow {
  readonly manifest: ProjectManifest | null;
  /** A worker has taken up, or failed to prepare, a job of it. */
  readonly tried: boolean;
  readonly started: boolean | null;
  readonly error: TaskError | null;
}

export async function readRuntimeState(
  db: Queryable,
  accountId: string,
  projectId: string,
  revision: string,
): Promise<RuntimeStateRow | null> {
  return (await db.query<RuntimeStateRow>(sql.readRuntimeState, [accountId, projectId, revision]))[0] ?? null;
}

/** `not_found`, `in_use` (a job of it is open), or `deleted` with the project's id. */
export async function deleteProjectIfIdle(
  db: Queryable,
  accountId: string,
  name: string,
): Promise<'not_found' | 'in_use' | 'deleted'> {
  const [row] = await db.query<{ deleted: boolean }>(sql.deleteProjectIfIdle, [accountId, name]);
  if (!row) return 'not_found';
  return row.deleted ? 'deleted' : 'in_use';
}
