import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import { SeededJob, seedProject } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };
beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('warmers');
  await seedProject(db.database, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});

const status = async () => (await gateway.call('GET', '/api/v1/projects/p/status', { key: account.key })).json;
const latest = (change: string) =>
  db.database.query(`UPDATE jobs SET ${change} WHERE id = (SELECT id FROM jobs ORDER BY id DESC LIMIT 1)`);

test('the status tells what became of the runtime: not needed, not started, preparing, ready, failed, and ready again', async () => {
  expect(await status()).toMatchObject({ ready_for_jobs: true, init: { state: 'not_needed', error: null } });
  const manifest = { runtime: { init: { commands: [{ command: ['make'] }] } }, entrypoint: { command: ['run'] } };
  await db.database.query('UPDATE revisions SET manifest = $1', [JSON.stringify(manifest)]);
  expect(await status()).toMatchObject({
    can_accept_new_jobs: true,
    ready_for_jobs: false,
    init: { state: 'not_started' },
    detail: expect.stringContaining('POST'),
  });
  const job = await (await SeededJob.submit(gateway, db.database, account.key, { project: 'p' })).plan(1);
  expect(await status()).toMatchObject({ init: { state: 'not_started' } });
  await job.task(0, { state: 'leased', attempt: 1, worker_id: newUuid(), leased_at: new Date() });
  expect(await status()).toMatchObject({ ready_for_jobs: false, init: { state: 'preparing' } });
  const error = { code: 'runtime_init_failed', message: 'the runtime.init command "make" ended with exit code 2' };
  await job.task(0, { state: 'failed', worker_id: null, finished_at: new Date() });
  await latest(`status = 'failed', finished_at = now(), error = '${JSON.stringify(error)}'`);
  expect(await status()).toMatchObject({ ready_for_jobs: false, init: { state: 'failed', error } });
  await SeededJob.submit(gateway, db.database, account.key, { project: 'p' });
  await latest(`started_at = now()`);
  expect(await status()).toMatchObject({ ready_for_jobs: true, detail: null, init: { state: 'ready', error: null } });
});

test('init is a job with a task for each ready worker, once for one Idempotency-Key', async () => {
  const init = (headers = {}) => gateway.call('POST', '/api/v1/projects/p/init', { key: account.key, headers });
  expect((await init()).json).toMatchObject({ project: 'p', tags: ['computalot-init'], fan_out: { chunks: 1 } });
  for (let n = 0; n < 3; n++)
    await db.database.query(`INSERT INTO workers (id, name, incarnation, offers) VALUES ($1, 'w', $1, '{"cpu": 1}')`, [
      newUuid(),
    ]);
  const [first, again] = [await init({ 'idempotency-key': 'warm' }), await init({ 'idempotency-key': 'warm' })];
  expect([first.status, again.status, again.json.id]).toEqual([202, 202, first.json.id]);
  expect(first.json).toMatchObject({ runner_command: ['true'], fan_out: { chunks: 3 } });
  const other = await gateway.account('others');
  expect((await gateway.call('POST', '/api/v1/projects/p/init', { key: other.key })).status).toBe(404);
});
