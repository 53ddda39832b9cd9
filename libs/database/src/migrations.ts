import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

/** `libs/database/prisma/migrations/`; `src` and `dist` lie at the same depth. */
export const MIGRATIONS_FOLDER = new URL('../prisma/migrations/', import.meta.url);

export interface Migration {
  /** Name of its folder, `<timestamp>_<words>`; the names sort in the order of application. */
  readonly name: string;
  readonly sql: string;
  /** Hex sha256 of `migration.sql`, as Prisma Migrate computes it. */
  readonly checksum: string;
}

/** The migrations of a folder (`<name>/migration.sql` each), oldest first. `folder` ends in a slash. */
export async function readMigrations(folder: URL = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(folder, name)));
}

async function readMigration(folder: URL, name: string): Promise<Migration> {
  const sql = await readFile(new URL(`${name}/migration.sql`, folder), 'utf8');
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}
