import type { Queryable } from '@computalot/database';

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

/** Which rows of a table are an account's ($1); of what has no account everything is everybody's. */
function scopeOf({ name, columns }: Table): string {
  if (name === 'accounts') return 'id = $1';
  if (columns.includes('account_id')) return 'account_id = $1';
  if (columns.includes('job_id')) return 'job_id IN (SELECT id FROM jobs WHERE account_id = $1)';
  if (columns.includes('project_id')) return 'project_id IN (SELECT id FROM projects WHERE account_id = $1)';
  // Messages about what other accounts do.
  return name === 'outbox' ? '$1::uuid IS NULL' : 'true';
}

/**
 * A print of every table, found in the catalogue so that none is forgotten: of all rows, or of those that belong to an account or to nobody. That a key
 * was used is no change.
 */
export async function printDatabase(db: Queryable, accountId: string | null): Promise<Record<string, string>> {
  const tables = await db.query<Table>(
    `SELECT table_name::text AS name, array_agg(column_name::text) AS columns FROM information_schema.columns
     WHERE table_schema = 'public' GROUP BY table_name ORDER BY table_name`,
  );
  const selects = tables.map(
    (table) =>
      `SELECT '${table.name}' AS name, md5(coalesce(string_agg(row::text, ',' ORDER BY row::text), '')) AS print
       FROM (SELECT to_jsonb(t) - 'last_used_at' AS row FROM ${table.name} t WHERE $1::uuid IS NULL OR ${scopeOf(table)}) r`,
  );
  const prints = await db.query<{ name: string; print: string }>(selects.join(' UNION ALL '), [accountId]);
  return Object.fromEntries(prints.map(({ name, print }) => [name, print]));
}
