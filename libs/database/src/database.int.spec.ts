import { DependencyAway } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Database } from './database.js';
import { takeOutboxBatch } from './outbox.js';

let fixture: TestDatabase;
let database: Database;
/** Connections of the database under test whose end it has not heard of. */
const open = new Set<object>();

beforeAll(async () => {
  fixture = await createTestDatabase();
  database = new Database({ url: fixture.url, maxConnections: 2, applicationName: 'victim' });
  database.pool.on('connect', (client) => {
    open.add(client);
    client.once('end', () => open.delete(client));
  });
});
afterAll(async () => {
  await database.close();
  await fixture.drop();
});

/** Ends every connection of the database under test and resolves when it has heard of it. */
async function cutConnections(): Promise<void> {
  await fixture.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'victim'`,
  );
  while (open.size > 0) await new Promise((resolve) => setImmediate(resolve));
}

test('a connection that breaks between two statements fails its transaction, not the process', async () => {
  const cut = database.transaction(async (tx) => {
    await tx.query('SELECT 1');
    await cutConnections();
    await tx.query('SELECT 2');
  });
  await expect(cut).rejects.toThrow(DependencyAway);
  expect(await database.query('SELECT 3 AS n')).toEqual([{ n: 3 }]);
});

test('a relay whose connection breaks while the broker is awaited gives up the batch and the lock with it', async () => {
  await database.query(`INSERT INTO outbox (kind, type, body) VALUES ('message', 'job.submitted', '{}')`);
  await expect(takeOutboxBatch(database, 10, () => cutConnections())).rejects.toThrow();
  expect(await takeOutboxBatch(database, 10, async () => undefined)).toBe(1);
});

test('a broken connection is not given to the next one who asks', async () => {
  for (let n = 0; n < 4; n += 1) {
    await database.query('SELECT 1');
    await cutConnections();
    expect(await database.transaction((tx) => tx.query('SELECT 1 AS n'))).toEqual([{ n: 1 }]);
  }
});

test('a server that is not there is a dependency away; a statement that it refuses is not', async () => {
  const nobody = new Database({ url: 'postgresql://postgres@127.0.0.1:1/postgres' });
  await expect(nobody.query('SELECT 1')).rejects.toThrow(DependencyAway);
  await expect(nobody.transaction((tx) => tx.query('SELECT 1'))).rejects.toThrow(DependencyAway);
  await nobody.close();
  const closed = new Database({ url: fixture.url.replace(/[^/]+$/, 'no_such_database') });
  await expect(closed.query('SELECT 1')).rejects.toThrow(DependencyAway);
  await closed.close();
  await expect(database.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012', name: 'error' });
});
