import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from './database.js';
import { deployMigrations } from './deploy-migrations.js';

describe('deployMigrations', () => {
  let suite: TestDatabase;
  let database: Database;
  let path: string;
  let folder: URL;

  const write = async (name: string, sql: string): Promise<void> => {
    await mkdir(join(path, name), { recursive: true });
    await writeFile(join(path, name, 'migration.sql'), sql);
  };
  const tables = async (): Promise<string[]> =>
    (
      await database.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relname ~ '^(a|b)$' ORDER BY 1`,
      )
    ).map((row) => row.name);

  beforeAll(async () => {
    suite = await createTestDatabase();
    database = suite.database;
  });
  afterAll(() => suite.drop());
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'migrations-'));
    folder = pathToFileURL(`${path}/`);
    await database.query(`DELETE FROM _prisma_migrations WHERE migration_name ~ '^0'`);
    await database.query('DROP TABLE IF EXISTS a, b');
  });
  afterEach(() => rm(path, { recursive: true }));

  test('the shipped migrations are already in the template', async () => {
    expect(await deployMigrations(suite.url)).toEqual([]);
    expect(await deployMigrations(database)).toEqual([]);
  });

  test('applies in order of name, once', async () => {
    await write('02_b', 'CREATE TABLE b (id int REFERENCES a)');
    await write('01_a', 'CREATE TABLE a (id int PRIMARY KEY)');
    expect(await deployMigrations(database, folder)).toEqual(['01_a', '02_b']);
    expect(await deployMigrations(suite.url, folder)).toEqual([]);
    expect(await tables()).toEqual(['a', 'b']);
  });

  test('several processes at once apply each migration once', async () => {
    await write('01_a', 'CREATE TABLE a (id int)');
    const runs = await Promise.all([1, 2, 3, 4].map(() => deployMigrations(suite.url, folder)));
    expect(runs.flat()).toEqual(['01_a']);
  });

  test('a failed migration leaves nothing behind, is named with its line, and can be corrected', async () => {
    await write('01_a', 'CREATE TABLE a (id int);\nCREATE TABLE b (id nonsense);');
    await expect(deployMigrations(database, folder)).rejects.toMatchObject({
      code: 'migration_failed',
      migration: '01_a',
      message: expect.stringContaining('(line 2)'),
    });
    expect(await tables()).toEqual([]);
    await write('01_a', 'CREATE TABLE a (id int)');
    // Would wait for ever if the failed run had kept the lock.
    expect(await deployMigrations(suite.url, folder)).toEqual(['01_a']);
  });

  test('an edited applied migration is refused by name', async () => {
    await write('01_a', 'CREATE TABLE a (id int)');
    await deployMigrations(database, folder);
    await write('01_a', 'CREATE TABLE a (id bigint)');
    await expect(deployMigrations(database, folder)).rejects.toMatchObject({
      code: 'migration_edited',
      migration: '01_a',
    });
  });

  test('a migration that another tool left unfinished is refused', async () => {
    await write('01_a', 'CREATE TABLE a (id int)');
    await database.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '01_a')`);
    await expect(deployMigrations(database, folder)).rejects.toMatchObject({
      code: 'migration_unfinished',
      migration: '01_a',
    });
  });
});
