import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Database } from './database.js';
import { MIGRATIONS_FOLDER, readMigrations, type Migration } from './migrations.js';

/** The advisory lock that Prisma Migrate takes, so that its CLI and this runner never apply at the same time. */
const MIGRATE_LOCK = 72707369;

// Prisma Migrate's own table, column for column.
const CREATE_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  varchar(36) PRIMARY KEY NOT NULL,
    checksum            varchar(64) NOT NULL,
    finished_at         timestamptz,
    migration_name      varchar(255) NOT NULL,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`;

export type MigrationErrorCode = 'migration_failed' | 'migration_edited' | 'migration_unfinished';

/** Why a database could not be brought up to date. `migration` names the folder. */
export class MigrationError extends Error {
  constructor(
    readonly code: MigrationErrorCode,
    readonly migration: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`migration ${migration}: ${detail}`, options);
    this.name = 'MigrationError';
  }
}

/**
 * Applies what is missing and returns the names applied now (empty: up to date). Safe to call from several processes at once.
 * Each migration and its record commit together, so a failed one leaves nothing behind and can be deployed again once it is corrected;
 * statements that refuse a transaction (CREATE INDEX CONCURRENTLY) therefore do not work here.
 *
 * @throws MigrationError when a migration fails, was edited after it was applied, or was left unfinished by another tool.
 */
export async function deployMigrations(target: string | Database, folder: URL = MIGRATIONS_FOLDER): Promise<string[]> {
  const migrations = await readMigrations(folder);
  return target instanceof Database ? withPooled(target, migrations) : withOwn(target, migrations);
}

async function withPooled(database: Database, migrations: readonly Migration[]): Promise<string[]> {
  const client = await database.pool.connect();
  let unlocked = false;
  try {
    const applied = await deployLocked(client, migrations);
    unlocked = true;
    return applied;
  } finally {
    // After a failure the connection goes away, and the session lock with it.
    client.release(!unlocked);
  }
}

async function withOwn(url: string, migrations: readonly Migration[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'computalot-migrate' });
  await client.connect();
  try {
    return await deployLocked(client, migrations);
  } finally {
    await client.end();
  }
}

async function deployLocked(client: pg.ClientBase, migrations: readonly Migration[]): Promise<string[]> {
  await client.query('SELECT pg_advisory_lock($1)', [MIGRATE_LOCK]);
  await client.query(CREATE_TABLE);
  const missing = await findMissing(client, migrations);
  for (const migration of missing) await apply(client, migration);
  await client.query('SELECT pg_advisory_unlock($1)', [MIGRATE_LOCK]);
  return missing.map((migration) => migration.name);
}

async function findMissing(client: pg.ClientBase, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const recorded = new Map(rows.map((row) => [row.migration_name, row]));
  return migrations.filter(({ name, checksum }) => {
    const record = recorded.get(name);
    if (!record) return true;
    if (!record.finished_at) {
      throw new MigrationError(
        'migration_unfinished',
        name,
        'recorded as started but never finished; repair the database, then remove or finish its row in _prisma_migrations',
      );
    }
    if (record.checksum !== checksum) {
      throw new MigrationError(
        'migration_edited',
        name,
        'migration.sql was edited after it was applied; restore it and add a new migration instead',
      );
    }
    return false;
  });
}

async function apply(client: pg.ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new MigrationError('migration_failed', name, `${describe(error, sql)}; nothing of it was applied`, {
      cause: error,
    });
  }
}

function describe(error: unknown, sql: string): string {
  const { message, position } = error as { message: string; position?: string };
  if (!position) return message;
  const line = sql.slice(0, Number(position)).split('\n').length;
  return `${message} (line ${line})`;
}
