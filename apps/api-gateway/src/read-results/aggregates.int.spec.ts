import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { seedProject, SeededJob } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };

beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('aggregates');
  await seedProject(db.database, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});

const get = (path: string, key = account.key) => gateway.call('GET', path, { key });
const sweep = { type: 'sweep', sweep: { parameters: { a: [1, 2] }, objective: { metric: 'm', goal: 'minimize' } } };
const submit = (body: object) => SeededJob.submit(gateway, db.database, account.key, { project: 'p', ...body });

/** As it would stand in the aggregate: a user's own names and numbers, spelt as nobody else would. */
const best =
  '{"index":0,  "metric":1.0e-3,"parameters":{"current_node":"worker-7","provider_id":12345678901234567890}}';
const result = `{"best":${best},"top":[${best}]}`;
const fold = (job: SeededJob) =>
  db.database.query('INSERT INTO job_aggregates (job_id, result, aliases) VALUES ($1, $2, $3)', [
    job.uuid,
    result,
    result,
  ]);

describe('the aggregate', () => {
  test('is null until something has been folded, and has no aliases', async () => {
    const job = await (await submit(sweep)).plan(2);
    await db.database.query('INSERT INTO job_aggregates (job_id) VALUES ($1)', [job.uuid]);
    expect((await get(`/api/v1/jobs/${job.id}`)).json).toMatchObject({ type: 'sweep', aggregate_result: null });
    const results = await get(`/api/v1/results/${job.id}`);
    expect(results.json).toMatchObject({ aggregate_result: null, aggregate_aliases: {} });
  });

  test('is shown as it is stored, while the job runs, by the job and by its results', async () => {
    const job = await (await submit(sweep)).plan(2);
    await fold(job);
    for (const path of [`/api/v1/jobs/${job.id}`, `/api/v1/results/${job.id}`]) {
      expect((await get(path)).text).toContain(`"aggregate_result":${result}`);
    }
    expect((await get(`/api/v1/results/${job.id}`)).text).toContain(`"aggregate_aliases":${result}`);
    const cancelled = await gateway.call('PUT', `/api/v1/jobs/${job.id}/cancel`, { key: account.key });
    expect(cancelled.text).toContain(`"aggregate_result":${result}`);
  });

  test('stays out of lists, and with its account', async () => {
    const job = await (await submit(sweep)).plan(2);
    await fold(job);
    expect((await get('/api/v1/jobs')).text).not.toContain('aggregate');
    const { key } = await gateway.account('others');
    for (const path of [`/api/v1/jobs/${job.id}`, `/api/v1/results/${job.id}`]) {
      expect((await get(path, key)).status).toBe(404);
    }
  });

  test('a sweep is answered with its submission as it was sent', async () => {
    const answer = await gateway.call('POST', '/api/v1/jobs', { key: account.key, body: { project: 'p', ...sweep } });
    expect(answer).toMatchObject({ status: 201, json: { ...sweep, aggregate_result: null } });
  });
});

describe('the command', () => {
  const benchmark = (commands: readonly (string[] | undefined)[]) => ({
    type: 'benchmark',
    benchmark: {
      strategies: commands.map((runner_command, at) => ({ name: `s${at}`, ...(runner_command && { runner_command }) })),
      cases: [{}],
      objective: { metric: 'm', goal: 'minimize' },
    },
  });
  const post = async (body: object) =>
    (await gateway.call('POST', '/api/v1/jobs', { key: account.key, body: { project: 'p', ...body } })).json;

  test('may be missing where every strategy of a benchmark has its own', async () => {
    await db.database.query(`UPDATE revisions SET manifest = NULL`);
    expect(await post(benchmark([['a'], ['b']]))).toMatchObject({ status: 'planning' });
    expect(await post(benchmark([['a'], undefined]))).toMatchObject({ status: 422, code: 'no_command' });
    expect(await post(sweep)).toMatchObject({ status: 422, code: 'no_command' });
  });
});
