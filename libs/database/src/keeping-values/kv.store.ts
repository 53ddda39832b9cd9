import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  putKvEntry: loadSql('put-kv-entry'),
  replaceKvEntryIfCurrent: loadSql('replace-kv-entry-if-current'),
  deleteKvEntryIfCurrent: loadSql('delete-kv-entry-if-current'),
};

/** A key of a project of an account, both by name. */
export interface KvPlace {
  readonly account_id: string;
  readonly project: string;
  readonly key: string;
}

export interface KvEntryRow {
  readonly key: string;
  readonly version: number;
  readonly size_bytes: number;
  readonly updated_at: Date;
}

/** What must hold of the entry that is there: nothing, that there is none, that there is one, or that it is at one of these versions. */
export type KvGuard =
  { readonly kind: 'none' | 'absent' | 'present' } | { readonly kind: 'at'; readonly versions: readonly number[] };

export type KvPut =
  | { readonly kind: 'put'; readonly entry: KvEntryRow; readonly created: boolean }
  | { readonly kind: 'no_project' }
  | { readonly kind: 'guard_failed' }
  | { readonly kind: 'full' };

type PutRow = Omit<KvEntryRow, 'version'> & { readonly version: number | null; readonly created: boolean };

/** `value` is JSON text, kept as it is. One statement: what fails has changed nothing. */
export async function putKvEntry(db: Queryable, place: KvPlace, value: string, guard: KvGuard): Promise<KvPut> {
  const values = [place.account_id, place.project, place.key, value];
  const replaces = guard.kind === 'present' || guard.kind === 'at';
  try {
    const [row] = replaces
      ? await db.query<PutRow>(sql.replaceKvEntryIfCurrent, [...values, versionsOf(guard)])
      : await db.query<PutRow>(sql.putKvEntry, [...values, guard.kind === 'none']);
    if (!row) return { kind: 'no_project' };
    const { created, version, ...entry } = row;
    return version === null ? { kind: 'guard_failed' } : { kind: 'put', entry: { ...entry, version }, created };
  } catch (error) {
    if ((error as { constraint?: string }).constraint === 'kv_keys_bounded') return { kind: 'full' };
    throw error;
  }
}

/** False when there is no such entry at such a version. */
export async function deleteKvEntry(db: Queryable, place: KvPlace, guard: KvGuard): Promise<boolean> {
  const values = [place.account_id, place.project, place.key, versionsOf(guard)];
  const [row] = await db.query<{ deleted: boolean }>(sql.deleteKvEntryIfCurrent, values);
  return row?.deleted ?? false;
}

/** Values as the JSON text that was put; keys that are not there are left out. */
export function readKvEntries(
  db: Queryable,
  accountId: string,
  project: string,
  keys: readonly string[],
): Promise<{ key: string; version: number; text: string }[]> {
  return db.query(
    `SELECT e.key, e.version, e.value::text AS text FROM projects p JOIN kv_entries e ON e.project_id = p.id
     WHERE p.account_id = $1 AND p.name = $2 AND e.key = ANY ($3)`,
    [accountId, project, keys],
  );
}

/** In order of their bytes, those that begin with `prefix`, after the cursor. */
export function listKvEntries(
  db: Queryable,
  accountId: string,
  projectId: string,
  { prefix, after, limit }: { readonly prefix: string; readonly after: string | null; readonly limit: number },
): Promise<KvEntryRow[]> {
  return db.query<KvEntryRow>(
    `SELECT e.key, e.version, octet_length(e.value::text) AS size_bytes, e.updated_at FROM projects p JOIN kv_entries e ON e.project_id = p.id
     WHERE p.account_id = $1 AND p.id = $2 AND e.key >= $3 AND starts_with(e.key, $3) AND ($4::text IS NULL OR e.key > $4)
     ORDER BY e.key LIMIT $5`,
    [accountId, projectId, prefix, after, limit],
  );
}

const versionsOf = (guard: KvGuard): readonly number[] | null => (guard.kind === 'at' ? guard.versions : null);
