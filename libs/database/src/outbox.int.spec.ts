import { jobSubmitted, type OutgoingEvent } from '@computalot/contracts';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Database } from './database.js';
import { insertEvents, insertMessage, takeOutboxBatch, type OutboxRow } from './outbox.js';

let fixture: TestDatabase;
let database: Database;

beforeAll(async () => {
  fixture = await createTestDatabase();
  database = fixture.database;
});
afterAll(() => fixture.drop());
beforeEach(() => database.query('DELETE FROM outbox'));

const event = (type: string): OutgoingEvent => ({
  type,
  id: type,
  subject: 'job_1',
  time: '2026-01-01T00:00:00Z',
  data: { n: 1 },
});
const submit = (n: number) => database.transaction((tx) => insertMessage(tx, jobSubmitted, { job_id: `job ${n}` }));
const bodies = (rows: readonly OutboxRow[]) => rows.map((row) => (row.body as { job_id: string }).job_id);
const left = async () => (await database.query('SELECT id FROM outbox')).length;

test('rows arrive parsed, in order, and are gone afterwards', async () => {
  await submit(1);
  await database.transaction((tx) => insertEvents(tx, [event('job.started.v1'), event('job.finished.v1')]));
  const taken: OutboxRow[] = [];
  expect(await takeOutboxBatch(database, 10, async (rows) => void taken.push(...rows))).toBe(2);
  expect(taken).toMatchObject([
    { kind: 'message', type: 'job.submitted', body: { job_id: 'job 1' } },
    { kind: 'events', type: 'job.started.v1', body: [event('job.started.v1'), event('job.finished.v1')] },
  ]);
  expect(await left()).toBe(0);
});

test('takes at most the limit, oldest first, and nothing from an empty outbox', async () => {
  for (const n of [1, 2, 3]) await submit(n);
  const taken: string[][] = [];
  const publish = async (rows: readonly OutboxRow[]) => void taken.push(bodies(rows));
  expect(await takeOutboxBatch(database, 2, publish)).toBe(2);
  expect(await takeOutboxBatch(database, 2, publish)).toBe(1);
  expect(await takeOutboxBatch(database, 2, publish)).toBe(0);
  expect(taken).toEqual([['job 1', 'job 2'], ['job 3']]);
});

test('a rolled back change announces nothing', async () => {
  const failed = database.transaction(async (tx) => {
    await insertMessage(tx, jobSubmitted, { job_id: 'x' });
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  expect(await left()).toBe(0);
});

test('rows that the broker refused stay, and the relay can go on', async () => {
  await submit(1);
  const refuse = () => Promise.reject(new Error('broker away'));
  await expect(takeOutboxBatch(database, 10, refuse)).rejects.toThrow('broker away');
  expect(await left()).toBe(1);
  expect(await takeOutboxBatch(database, 10, async () => undefined)).toBe(1);
});

test('two relays never publish the same row, nor one before an older one', async () => {
  for (let n = 0; n < 20; n++) await submit(n);
  const published: string[] = [];
  const relay = async (): Promise<void> => {
    const publish = async (rows: readonly OutboxRow[]) => {
      // A relay that read too early would now hold the same rows.
      await database.query('SELECT pg_sleep(0.005)');
      published.push(...bodies(rows));
    };
    while ((await takeOutboxBatch(database, 3, publish)) > 0);
  };
  await Promise.all([relay(), relay(), relay()]);
  expect(published).toEqual(Array.from({ length: 20 }, (_, n) => `job ${n}`));
});

test('a relay woken while another publishes waits, and takes what the other had not seen', async () => {
  await submit(1);
  let second: Promise<number> | undefined;
  const taken: string[] = [];
  await takeOutboxBatch(database, 10, async () => {
    await submit(2);
    second = takeOutboxBatch(database, 10, async (rows) => void taken.push(...bodies(rows)));
  });
  expect(await second).toBe(1);
  expect(taken).toEqual(['job 2']);
});

test('no transaction is open while the broker is awaited', async () => {
  await submit(1);
  await takeOutboxBatch(database, 10, async () => {
    const open = await database.query(
      `SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`,
    );
    expect(open).toEqual([]);
  });
});
