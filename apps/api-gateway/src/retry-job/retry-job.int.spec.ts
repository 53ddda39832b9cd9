import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { seedProject, SeededJob } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };

beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('retriers');
  await seedProject(db.database, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});

const retry = (id: string, key = account.key) => gateway.call('POST', `/api/v1/jobs/${id}/retry`, { key });
const get = (path: string) => gateway.call('GET', path, { key: account.key });
const failed = {
  state: 'failed',
  attempt: 2,
  exit_code: 3,
  finished_at: new Date(),
  outcome: { error: { code: 'exit', message: 'exit code 3' } },
};
const completed = { state: 'completed', attempt: 1, exit_code: 0, finished_at: new Date(), result: '{"a":1}' };

/** Of three tasks the first completed, the others failed. */
async function partialJob(): Promise<SeededJob> {
  const body = { project: 'p', payload: { xs: [1, 2, 3] }, fan_out: { by: 'xs' }, meta: { m: 1 } };
  const job = await (await SeededJob.submit(gateway, db.database, account.key, body)).plan(3);
  await (await job.task(0, completed)).failedAttempt(1, 2, 3);
  return (await (await job.task(1, failed)).task(2, failed)).end('partial');
}

test('a retry is under the quotas of the account like a submission, and changes nothing when it is refused', async () => {
  const job = await partialJob();
  const bound = (quota: string) => db.database.query(`UPDATE accounts SET ${quota} WHERE id = $1`, [account.id]);
  for (const quota of ['max_open_jobs = 0', 'max_open_jobs = NULL, max_queued_tasks = 1']) {
    await bound(quota);
    expect(await retry(job.id)).toMatchObject({ status: 429, json: { code: 'quota_exceeded' } });
    expect((await get(`/api/v1/jobs/${job.id}`)).json).toMatchObject({ status: 'partial', run: 1 });
  }
  await bound('max_queued_tasks = 2');
  expect((await retry(job.id)).status).toBe(202);
  await bound('max_queued_tasks = NULL');
  await db.database.query('DELETE FROM jobs WHERE id = $1', [job.uuid]);
});

test('the job is open again at once: failed tasks are queued, completed ones keep their results', async () => {
  const job = await partialJob();
  const before = gateway.wakes();
  const answer = await retry(job.id);
  expect(answer.status).toBe(202);
  expect(answer.json).toMatchObject({
    id: job.id,
    status: 'queued',
    run: 2,
    error: null,
    recommended_action: null,
    finished_at: null,
    result_persisted: false,
    meta: { m: 1 },
    fan_out: { by: 'xs' },
    task_counts: { total: 3, completed: 1, failed: 0, queued: 2 },
    progress: { fraction: 0.333333, eta_s: null },
  });
  expect(gateway.wakes()).toBeGreaterThan(before);
  expect((await get(`/api/v1/results/${job.id}`)).json).toMatchObject({
    status: 'queued',
    completeness: { total: 3, completed: 1, failed: 0 },
    tasks: [
      { status: 'completed', result: { a: 1 } },
      { status: 'queued', result: null, error: null, exit_code: null },
      { status: 'queued', error: null },
    ],
  });
  expect((await get(`/api/v1/jobs/${job.id}/tasks?status=queued`)).json).toMatchObject({
    tasks: [{ index: 1, attempt: 2, error: null, last_failed_attempt: { attempt: 2, exit_code: 3 } }, { index: 2 }],
  });
});

test('an open job is refused, and one of which nothing failed', async () => {
  const open = await (await SeededJob.submit(gateway, db.database, account.key, { project: 'p' })).plan(1);
  expect((await retry(open.id)).json).toMatchObject({ status: 409, code: 'job_not_terminal' });
  await (await open.task(0, completed)).end('completed');
  const answer = await retry(open.id);
  expect(answer.json).toMatchObject({ status: 409, code: 'nothing_to_retry' });
  expect(answer.json.detail).toContain('1 of its tasks completed');
});

test('a body that wants more than that is refused by name, and changes nothing', async () => {
  const job = await partialJob();
  const asked = { key: account.key, body: { tasks: [1] } };
  const answer = await gateway.call('POST', `/api/v1/jobs/${job.id}/retry`, asked);
  expect(answer.json).toMatchObject({ status: 422, errors: [{ pointer: '/tasks' }] });
  expect((await get(`/api/v1/jobs/${job.id}`)).json).toMatchObject({ status: 'partial' });
});

test('a job whose planning failed is planned again', async () => {
  const job = await SeededJob.submit(gateway, db.database, account.key, { project: 'p' });
  await db.database.query(
    `UPDATE jobs SET status = 'failed', error = '{"code":"no_command","message":"m"}', finished_at = now() WHERE id = $1`,
    [job.uuid],
  );
  const answer = await retry(job.id);
  expect([answer.status, answer.json.status, answer.json.error]).toEqual([202, 'planning', null]);
});

test('nobody else’s job, and no viewer', async () => {
  const job = await partialJob();
  const other = await gateway.account('strangers');
  expect((await retry(job.id, other.key)).status).toBe(404);
  const viewer = await gateway.account('viewers', 'viewer');
  expect((await retry(job.id, viewer.key)).status).toBe(403);
  expect((await get(`/api/v1/jobs/${job.id}`)).json).toMatchObject({ status: 'partial', run: 1 });
});

test('with an Idempotency-Key it is opened once, also when the gateway died before it could say so', async () => {
  const job = await partialJob();
  const headers = { 'idempotency-key': 'retry-1' };
  const send = () => gateway.call('POST', `/api/v1/jobs/${job.id}/retry`, { key: account.key, headers });
  const die = () =>
    db.database.query(
      `UPDATE idempotency_keys SET status = NULL, claimed_at = now() - interval '61 s' WHERE key = 'retry-1'`,
    );
  const first = await send();
  expect((await send()).text).toBe(first.text);
  await die();
  expect(await send()).toMatchObject({ status: 202, json: { run: 2, status: 'queued' } });
  await db.database.query('UPDATE jobs SET failed = reopening, reopen_from = NULL, reopening = 0 WHERE id = $1', [
    job.uuid,
  ]);
  await job.end('partial');
  await die();
  expect(await send()).toMatchObject({ status: 202, json: { run: 2, status: 'partial' } });
  // What died before it opened the job opens it now.
  await db.database.query(`UPDATE jobs SET finished_at = now() - interval '1 day' WHERE id = $1`, [job.uuid]);
  await die();
  expect(await send()).toMatchObject({ status: 202, json: { run: 3, status: 'queued' } });
});
