import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addReduceStage } from '@computalot/database';
import { planReduceTree, reduceContextOf } from '@computalot/jobs';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { seedProject, SeededJob } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };

beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('reducers');
  await seedProject(db.database, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});

const get = async (path: string) => (await gateway.call('GET', path, { key: account.key })).json;
const reduce = { runner_command: ['./reduce'], fan_in: 2, requirements: { cpu: 2 } };
const context = {
  job_id: 'job',
  revision: null,
  command: ['./map'],
  env: {},
  timeout_s: 9,
  requirements: { cpu: 1 },
  spec: null,
};

/** 12 items in batches of 4: three map tasks, one of which failed; the first stage, one task, was added. */
async function reducingJob(): Promise<SeededJob> {
  const job = await SeededJob.submit(gateway, db.database, account.key, {
    project: 'p',
    type: 'map_reduce',
    payload: { kept: 1 },
    fan_out: { items: Array.from({ length: 12 }, (_, n) => ({ n })) },
    batch_size: 4,
    reduce,
    min_success: 0.5,
  });
  await job.plan(3);
  const ended = { attempt: 1, finished_at: new Date() };
  for (const index of [0, 1]) await job.task(index, { ...ended, state: 'completed', result: '{"results":[1,2,3,4]}' });
  await job.task(2, { ...ended, state: 'failed' });
  const stages = planReduceTree(2, 2);
  const tree = { run: 1, map_total: 3, failed: 1, stages };
  await addReduceStage(db.database, job.uuid, {
    tasks: 1,
    tasks_ahead: 0,
    map_total: 3,
    context: reduceContextOf(context, reduce, tree),
  });
  await db.database.query(`INSERT INTO tasks (job_id, index) VALUES ($1, 3)`, [job.uuid]);
  await db.database.query(`UPDATE jobs SET planned = 4, queued = 1, status = 'running' WHERE id = $1`, [job.uuid]);
  return job;
}

test('a reduce task shows the payload that its program gets', async () => {
  const job = await reducingJob();
  const { tasks } = await get(`/api/v1/jobs/${job.id}/tasks`);
  expect((tasks as { payload: object }[]).map(({ payload }) => payload)).toMatchObject([
    { items: [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }], _batch: { index: 0 } },
    { _batch: { index: 1 } },
    { _batch: { index: 2 } },
    { kept: 1, _reduce: { stage: 1, inputs: 2, failed: 1 } },
  ]);
  expect((tasks as { payload: object }[])[3]?.payload).toEqual({
    kept: 1,
    _reduce: { stage: 1, inputs: 2, failed: 1 },
  });
});

test('its result is not per item, and the job shows the requirements as they were sent', async () => {
  const job = await reducingJob();
  await job.task(3, { state: 'completed', attempt: 1, finished_at: new Date(), result: '{"results":[]}' });
  const { tasks, completeness } = await get(`/api/v1/results/${job.id}`);
  expect((tasks as object[]).map((task) => 'item_results' in task)).toEqual([true, true, false, false]);
  expect(completeness).toMatchObject({ total: 4, completed: 3, failed: 1, fraction: 1 });
  expect(await get(`/api/v1/jobs/${job.id}`)).toMatchObject({ reduce, progress: { fraction: 1 } });
});

test('progress knows of the reduce tasks that are still to come', async () => {
  const job = await reducingJob();
  await db.database.query('UPDATE jobs SET tasks_ahead = 4 WHERE id = $1', [job.uuid]);
  expect(await get(`/api/v1/jobs/${job.id}`)).toMatchObject({
    task_counts: { total: 4 },
    progress: { fraction: 0.375 },
  });
  expect(await get(`/api/v1/results/${job.id}`)).toMatchObject({ completeness: { total: 4, fraction: 0.375 } });
  await job.end('failed');
  expect(await get(`/api/v1/results/${job.id}`)).toMatchObject({ completeness: { fraction: 0.75 } });
});
