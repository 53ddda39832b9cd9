import { readFileSync } from 'node:fs';

/** Reads `libs/database/sql/<name>.sql`; works from `src` and from `dist`, which lie at the same depth. */
export function loadSql(name: string): string {
  return readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), 'utf8');
}
