import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { seedProject, SeededJob } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };

beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('waiters');
  await seedProject(db.database, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});
beforeEach(() => db.database.query('TRUNCATE jobs, tasks, workers CASCADE'));

const seed = async (body: object, total = 1) =>
  (await SeededJob.submit(gateway, db.database, account.key, { project: 'p', ...body })).plan(total);
const reasonOf = async ({ id }: SeededJob) =>
  (await gateway.call('GET', `/api/v1/jobs/${id}`, { key: account.key })).json.pending_reason;
const worker = (offers: object, more = '') =>
  db.database.query(`INSERT INTO workers (id, name, incarnation, offers) VALUES ($1, 'w', $1, $2)${more}`, [
    newUuid(),
    JSON.stringify(offers),
  ]);
const running = (attempt = 1) => ({ state: 'running', attempt, worker_id: newUuid(), started_at: new Date() });

test('no worker satisfies: the nearest miss, by requirement', async () => {
  const job = await seed({ requirements: { cpu: 4, memory_gb: 8, labels: { zone: 'a' } } });
  const code = 'no_worker_satisfies';
  expect(await reasonOf(job)).toEqual({ code, detail: 'No worker is ready.' });
  await worker({ cpu: 2, memory_gb: 16 });
  expect(await reasonOf(job)).toEqual({
    code,
    detail: 'needs 4 cpu; the largest ready worker offers 2; needs the label zone=a, which no ready worker has.',
  });
});

test('a project in a container waits for a worker with a container engine, and is not run as anything else', async () => {
  const entrypoint = { command: ['run'] };
  const manifest = (value: object) => db.database.query('UPDATE revisions SET manifest = $1', [JSON.stringify(value)]);
  await manifest({ entrypoint, runtime: { kind: 'oci' } });
  const job = await seed({ requirements: { labels: { zone: 'a' } } });
  await manifest({ entrypoint });
  await worker({ cpu: 4, labels: { zone: 'a' } });
  expect(await reasonOf(job)).toEqual({
    code: 'no_worker_satisfies',
    detail: 'needs the label container-engine=docker, which no ready worker has.',
  });
});

test('a worker that is silent, draining or lost counts for nothing', async () => {
  const job = await seed({});
  await worker({ cpu: 4 });
  expect(await reasonOf(job)).toMatchObject({ code: 'waiting_for_capacity' });
  await db.database.query(`UPDATE workers SET last_seen_at = now() - interval '1 minute'`);
  expect(await reasonOf(job)).toMatchObject({ code: 'no_worker_satisfies' });
  await db.database.query(`UPDATE workers SET last_seen_at = now(), state = 'draining'`);
  expect(await reasonOf(job)).toMatchObject({ code: 'no_worker_satisfies' });
});

test('waiting for capacity: the position counts what could run before, by priority and age', async () => {
  await worker({ cpu: 4 });
  await seed({ requirements: { gpu: 8 } });
  const full = await seed({ max_parallel: 1 }, 2);
  await full.task(0, running());
  await seed({ priority: -1 });
  await seed({});
  const job = await seed({});
  await seed({ priority: 1 });
  await seed({});
  expect(await reasonOf(job)).toEqual({
    code: 'waiting_for_capacity',
    detail:
      '1 ready worker satisfies the requirements; what they offer is taken by other tasks. Position 3 in the queue.',
  });
});

test('waiting for capacity: of the account, when its quota of running tasks holds', async () => {
  await worker({ cpu: 4 });
  const first = await seed({});
  const job = await seed({});
  await db.database.query('UPDATE accounts SET max_running_tasks = 1 WHERE id = $1', [account.id]);
  expect(await reasonOf(job)).toMatchObject({ detail: expect.stringContaining('Position 2') });
  await first.task(0, running());
  expect(await reasonOf(job)).toEqual({
    code: 'waiting_for_capacity',
    detail: 'As many tasks of the account run as its quota (1) allows at once.',
  });
  await db.database.query('UPDATE accounts SET max_running_tasks = NULL WHERE id = $1', [account.id]);
  expect(await reasonOf(job)).toMatchObject({ detail: expect.stringContaining('Position 1') });
});

test('max_parallel: said while other tasks of the job run, and only when it is what holds', async () => {
  await worker({ cpu: 4 });
  const job = await seed({ max_parallel: 2 }, 4);
  await job.task(0, running());
  expect(await reasonOf(job)).toBeNull();
  await job.task(1, running());
  expect(await reasonOf(job)).toEqual({
    code: 'max_parallel',
    detail: '2 tasks wait: as many run as max_parallel (2) allows at once.',
  });
});

test('retry backoff: until when', async () => {
  await worker({ cpu: 4 });
  const job = await seed({}, 2);
  const [soon, later] = [new Date('2030-01-01T00:00:00.000Z'), new Date('2030-01-01T00:01:00.000Z')];
  await job.task(0, { state: 'retrying', attempt: 1, available_at: later });
  await job.task(1, { state: 'completed', attempt: 1, finished_at: new Date() });
  expect(await reasonOf(job)).toEqual({
    code: 'retry_backoff',
    detail: '1 task waits for the next attempt, which may start at 2030-01-01T00:01:00.000Z.',
  });
  await job.task(1, { state: 'retrying', finished_at: null, available_at: soon });
  expect(await reasonOf(job)).toMatchObject({
    detail: '2 tasks wait for the next attempt, which may start at 2030-01-01T00:00:00.000Z for the first of them.',
  });
});

test('preparing runtime: given to a worker, not started', async () => {
  const job = await seed({});
  await job.task(0, { state: 'leased', attempt: 1, worker_id: newUuid() });
  expect(await reasonOf(job)).toMatchObject({ code: 'preparing_runtime', detail: expect.stringMatching(/^1 task is/) });
});

test('no reason before planning, while something runs, while it is being cancelled, and after the end', async () => {
  const unplanned = await SeededJob.submit(gateway, db.database, account.key, { project: 'p' });
  expect(await reasonOf(unplanned)).toBeNull();
  const job = await seed({}, 2);
  await job.task(0, running());
  expect(await reasonOf(job)).toBeNull();
  const cancelled = await seed({});
  await gateway.call('PUT', `/api/v1/jobs/${cancelled.id}/cancel`, { key: account.key });
  expect(await reasonOf(cancelled)).toBeNull();
  expect(await reasonOf(await (await seed({})).end('failed'))).toBeNull();
});
