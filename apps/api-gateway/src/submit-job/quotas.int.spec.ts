import { encodeId, newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SeededJob, seedProject } from '../testing/seed-job.js';
import { startGateway, type Answer, type Gateway } from '../testing/start-gateway.js';

let fixture: TestDatabase;
let gateway: Gateway;
let operator: string;

beforeAll(async () => {
  fixture = await createTestDatabase();
  gateway = await startGateway(fixture.database);
  const account = await gateway.account('operator', 'admin');
  await fixture.database.query('UPDATE accounts SET is_operator = true WHERE id = $1', [account.id]);
  operator = account.key;
});
afterAll(async () => {
  await gateway?.stop();
  await fixture?.drop();
});

/** A new account under quotas, with a project that can run. */
async function accountWith(quotas: object): Promise<{ id: string; key: string }> {
  const account = await gateway.account(newUuid());
  await seedProject(fixture.database, account.id, 'p');
  const path = `/api/v1/admin/accounts/${encodeId('acc', account.id)}/quotas`;
  const answer = await gateway.call('PUT', path, { key: operator, body: quotas });
  expect(answer.status).toBe(200);
  return account;
}

const submit = (key: string, body: object = {}) =>
  gateway.call('POST', '/api/v1/jobs', { key, body: { project: 'p', ...body } });
const chunks = (count: number) => ({ fan_out: { chunks: count, range_field: 'n', total: count } });
const used = async (key: string) => (await gateway.call('GET', '/api/v1/account', { key })).json.quotas;
const statuses = (answers: readonly Answer[]) => Map.groupBy(answers, ({ status }) => status);
const jobsOf = (id: string) => fixture.database.query('SELECT id FROM jobs WHERE account_id = $1', [id]);

describe('many submissions at once', () => {
  test('get exactly the jobs that the quota has room for', async () => {
    const { id, key } = await accountWith({ open_jobs: 7 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => submit(key)));
    const by = statuses(answers);
    expect([by.get(201)?.length, by.get(429)?.length]).toEqual([7, 43]);
    expect(await jobsOf(id)).toHaveLength(7);
    for (const { json, headers } of by.get(429) ?? []) {
      expect(json).toMatchObject({ code: 'quota_exceeded', status: 429 });
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(await used(key)).toMatchObject({ open_jobs: { limit: 7, used: 7 }, queued_tasks: { limit: null, used: 7 } });
  });

  test('count the tasks of jobs that are not planned yet, alone and in batches', async () => {
    const { key } = await accountWith({ queued_tasks: 100 });
    const batch = { jobs: [1, 2, 3].map(() => ({ project: 'p', ...chunks(10) })) };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        n % 2 === 0 ? submit(key, chunks(10)) : gateway.call('POST', '/api/v1/jobs/batch', { key, body: batch }),
      ),
    );
    const entries = answers.flatMap(({ json }) => (json.jobs as object[] | undefined) ?? []);
    const accepted = answers.filter(({ status }) => status === 201).length + entries.filter((e) => 'id' in e).length;
    expect(accepted).toBe(10);
    expect(entries.filter((entry) => 'problem' in entry)[0]).toMatchObject({ problem: { code: 'quota_exceeded' } });
    expect(await used(key)).toMatchObject({ open_jobs: { used: 10 }, queued_tasks: { limit: 100, used: 100 } });
  });
});

test('in a batch a job that is too large leaves its place to one after it', async () => {
  const { key } = await accountWith({ queued_tasks: 10 });
  const jobs = [chunks(11), chunks(8), chunks(3), chunks(2)].map((shape) => ({ project: 'p', ...shape }));
  const { json } = await gateway.call('POST', '/api/v1/jobs/batch', { key, body: { jobs } });
  expect(json.jobs).toMatchObject([
    { problem: { code: 'quota_too_small', status: 422, errors: [{ pointer: '/fan_out' }] } },
    { status: 'planning' },
    { problem: { code: 'quota_exceeded', status: 429 } },
    { status: 'planning' },
  ]);
});

test('a place is free again when a job has ended, and a task when a worker holds it', async () => {
  const { key } = await accountWith({ open_jobs: 2, queued_tasks: 3 });
  const first = await SeededJob.submit(gateway, fixture.database, key, { project: 'p', ...chunks(3) });
  await first.plan(3);
  expect((await submit(key)).json.code).toBe('quota_exceeded');
  await first.task(0, { state: 'running', attempt: 1, worker_id: newUuid(), started_at: new Date() });
  expect(await used(key)).toMatchObject({ queued_tasks: { used: 2 }, running_tasks: { used: 1 } });
  expect((await submit(key)).status).toBe(201);
  expect((await submit(key)).json.code).toBe('quota_exceeded');
  for (const index of [0, 1, 2])
    await first.task(index, { state: 'completed', attempt: 1, worker_id: null, finished_at: new Date() });
  await first.end('completed');
  expect((await submit(key)).status).toBe(201);
});

test('batched items count as the tasks that they make', async () => {
  const { key } = await accountWith({ queued_tasks: 2 });
  const items = Array.from({ length: 20 }, (_, n) => ({ n }));
  expect((await submit(key, { fan_out: { items }, batch_size: 10 })).status).toBe(201);
  expect(await used(key)).toMatchObject({ queued_tasks: { used: 2 } });
});

test('quotas are of one account, set by the operator only, and gone when they are left out', async () => {
  const { id, key } = await accountWith({ open_jobs: 0 });
  const refused = await submit(key);
  expect(refused).toMatchObject({ status: 422, json: { code: 'quota_too_small' } });
  expect(refused.json.detail).toContain('this account may have 0');
  const free = await gateway.account('free');
  await seedProject(fixture.database, free.id, 'p');
  expect((await submit(free.key)).status).toBe(201);
  const path = `/api/v1/admin/accounts/${encodeId('acc', id)}/quotas`;
  const admin = await gateway.keyOf(id, 'admin');
  expect((await gateway.call('PUT', path, { key: admin, body: {} })).status).toBe(403);
  expect((await submit(key)).status).toBe(422);
  const { json } = await gateway.call('PUT', path, { key: operator, body: { queued_tasks: null } });
  expect(json.quotas).toMatchObject({ open_jobs: { limit: null }, queued_tasks: { limit: null } });
  expect((await submit(key)).status).toBe(201);
});

test.each([
  [{ open_jobs: -1 }, '/open_jobs'],
  [{ queued_tasks: 1.5 }, '/queued_tasks'],
  [{ storage_bytes: '1' }, '/storage_bytes'],
  [{ jobs: 1 }, '/jobs'],
])('%j is no set of quotas', async (body, pointer) => {
  const { id } = await gateway.account(newUuid());
  const path = `/api/v1/admin/accounts/${encodeId('acc', id)}/quotas`;
  const answer = await gateway.call('PUT', path, { key: operator, body });
  expect(answer).toMatchObject({ status: 422, json: { errors: [{ pointer }] } });
});

test('an account whose storage is full submits nothing; each content counts once', async () => {
  const { id, key } = await accountWith({ storage_bytes: 100 });
  const artifact = (sha: string, size: number) =>
    fixture.database.query(
      `INSERT INTO artifacts (id, account_id, filename, size_bytes, sha256, published_at) VALUES ($1, $2, 'f', $3, $4, now())`,
      [newUuid(), id, size, sha.repeat(64)],
    );
  // The pushed code is one byte.
  for (let n = 0; n < 3; n++) await artifact('b', 98);
  expect((await submit(key)).status).toBe(201);
  await artifact('c', 1);
  expect(await used(key)).toMatchObject({ storage_bytes: { limit: 100, used: 100 } });
  expect(await submit(key)).toMatchObject({ status: 409, json: { code: 'storage_full' } });
});

test('a request refused for a quota may be sent again with its Idempotency-Key', async () => {
  const { key } = await accountWith({ open_jobs: 1 });
  const first = await SeededJob.submit(gateway, fixture.database, key, { project: 'p' });
  const again = () =>
    gateway.call('POST', '/api/v1/jobs', {
      key,
      body: { project: 'p', name: 'twice' },
      headers: { 'idempotency-key': 'a' },
    });
  expect((await again()).status).toBe(429);
  await fixture.database.query(`UPDATE jobs SET status = 'cancelled', finished_at = now() WHERE id = $1`, [first.uuid]);
  const accepted = await again();
  expect(accepted.status).toBe(201);
  expect((await again()).json.id).toBe(accepted.json.id);
});
