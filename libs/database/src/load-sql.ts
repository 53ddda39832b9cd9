import { readFileSync } from 'node:fs';

const names = new Map<string, string>();

/** Reads `libs/database/sql/<name>.sql`; works from `src` and from `dist`, which lie at the same depth. */
export function loadSql(name: string): string {
  const text = readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), 'utf8');
  names.set(text, name);
  return text;
}

/**
 * Statements from files are prepared once per connection under their file's name: parsing and planning one of them costs more than running
 * it on a small batch. Statements written in code have no name.
 */
export function preparedNameOf(sql: string): string | undefined {
  return names.get(sql);
}
