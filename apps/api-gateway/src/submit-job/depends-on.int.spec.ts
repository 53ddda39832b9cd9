import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { settleDependencies } from '@computalot/database';
import { decodeId, encodeId, newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { seedProject } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };
beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('submitters');
  await seedProject(db.database, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});
beforeEach(() => db.database.query('TRUNCATE jobs, outbox CASCADE'));

const submit = (body: object, key = account.key) =>
  gateway.call('POST', '/api/v1/jobs', { key, body: { project: 'p', ...body } });
const idOf = async (body: object = {}) => String((await submit(body)).json.id);
const read = async (id: string) => (await gateway.call('GET', `/api/v1/jobs/${id}`, { key: account.key })).json;
const uuidOf = (id: string) => decodeId('job', id) ?? '';
const end = (id: string, status: string) =>
  db.database.query('UPDATE jobs SET status = $2::job_status, finished_at = now() WHERE id = $1', [uuidOf(id), status]);
const settle = (id: string) => settleDependencies(db.database, { on: [uuidOf(id)], of: [] });

describe('a job that depends on others', () => {
  test('is queued without tasks from the first answer on, and shows what it waits for', async () => {
    const [first, second] = [await idOf(), await idOf()];
    const depends_on = [first, { job_id: second, condition: 'partial' }];
    const answer = await submit({ depends_on });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      status: 'queued',
      depends_on,
      task_counts: { total: 0 },
      pending_reason: { code: 'waiting_for_dependencies', detail: 'The job waits for 2 dependencies.' },
    });
    const id = String(answer.json.id);
    expect((await read(id)).pending_reason).toEqual({
      code: 'waiting_for_dependencies',
      detail: `0 of 2 dependencies hold; the job waits for ${first} (planning), ${second} (planning).`,
    });
    await end(first, 'completed');
    await settle(first);
    expect(await read(id)).toMatchObject({
      depends_on,
      status: 'queued',
      pending_reason: { detail: `1 of 2 dependencies hold; the job waits for ${second} (planning).` },
    });
    await end(second, 'partial');
    expect(await settle(second)).toEqual([uuidOf(id)]);
    expect((await read(id)).pending_reason).toBeNull();
  });

  test('names the first of many', async () => {
    const ids = [];
    for (let n = 0; n < 7; n++) ids.push(await idOf());
    const { detail } = (await read(await idOf({ depends_on: ids }))).pending_reason as { detail: string };
    expect(detail).toContain(`${ids[4] ?? ''} (planning) and 2 more.`);
    expect(detail).not.toContain(ids[5]);
  });

  test('is written with its dependencies and announced as queued', async () => {
    const dependency = await idOf();
    await db.database.query('TRUNCATE outbox');
    const id = await idOf({ depends_on: [{ job_id: dependency, condition: 'terminal' }] });
    expect(await db.database.query('SELECT status, unmet FROM jobs WHERE id = $1', [uuidOf(id)])).toEqual([
      { status: 'queued', unmet: 1 },
    ]);
    expect(await db.database.query('SELECT * FROM job_dependencies')).toEqual([
      { job_id: uuidOf(id), depends_on: uuidOf(dependency), condition: 'terminal', state: 'waiting' },
    ]);
    const told = await db.database.query<{ type: string; body: unknown }>('SELECT type, body FROM outbox ORDER BY id');
    expect(told).toMatchObject([
      { type: 'job.submitted', body: { job_id: uuidOf(id) } },
      { type: 'job.submitted.v1', body: [{ data: { status: 'queued' } }] },
    ]);
  });

  test('tells what to do when it could not run', async () => {
    const id = await idOf({ depends_on: [await idOf()] });
    await end(id, 'failed');
    const error = { code: 'dependency_failed', message: 'it was not run', chain: { jobs: [] } };
    await db.database.query('UPDATE jobs SET error = $2 WHERE id = $1', [uuidOf(id), JSON.stringify(error)]);
    const job = await read(id);
    expect(job.error).toEqual({ code: 'dependency_failed', message: 'it was not run' });
    expect(job.recommended_action).toMatch(/last job of the chain .* POST \/api\/v1\/jobs\/job_.*\/retry/);
  });
});

describe('refused', () => {
  test('is a dependency that the account does not have, with a pointer to each', async () => {
    const other = await gateway.account(`others-${newUuid()}`);
    await seedProject(db.database, other.id, 'p');
    const foreign = String((await submit({}, other.key)).json.id);
    const answer = await submit({ depends_on: [foreign, await idOf(), encodeId('job', newUuid())] });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      code: 'dependency_not_found',
      errors: [{ pointer: '/depends_on/0' }, { pointer: '/depends_on/2' }],
    });
  });

  test('is what is no dependency, before anything is looked up', async () => {
    const answer = await submit({ depends_on: ['x', { job_id: await idOf(), condition: 'soon' }] });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      code: 'validation_failed',
      errors: [{ pointer: '/depends_on/0' }, { pointer: '/depends_on/1/condition' }],
    });
  });
});

test('ten thousand dependencies are taken in one go', async () => {
  const { database } = db;
  await database.query(
    `INSERT INTO jobs (id, account_id, type) SELECT gen_random_uuid(), $1, 'structured_runner' FROM generate_series(1, 10000)`,
    [account.id],
  );
  const rows = await database.query<{ id: string }>('SELECT id FROM jobs');
  const answer = await submit({ depends_on: rows.map(({ id }) => encodeId('job', id)) });
  expect(answer.status).toBe(201);
  const [job] = await database.query<{ unmet: number }>('SELECT unmet FROM jobs WHERE unmet > 0');
  expect(job?.unmet).toBe(10_000);
});
