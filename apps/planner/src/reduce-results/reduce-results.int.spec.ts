import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunContext } from '@computalot/contracts';
import {
  listJobsToClose,
  listJobsToPlan,
  queueReopenedTasks,
  reopenJobIfTasksFailed,
  type Database,
} from '@computalot/database';
import { createObjectStore, objectKeys, type ObjectStore } from '@computalot/object-store';
import { createTestDatabase, jobFaults, type TestDatabase } from '@computalot/testing';
import { EndingJob, type End } from '../testing/ending-job.js';
import { plannerParts, type PlannerParts } from '../testing/planner-parts.js';

let fixture: TestDatabase;
let folder: string;
let objects: ObjectStore;
let db: Database;
let planner: PlannerParts;

beforeAll(async () => {
  fixture = await createTestDatabase();
  db = fixture.database;
  folder = await mkdtemp(join(tmpdir(), 'reduce-'));
  objects = createObjectStore({ url: `file://${folder}` });
  await objects.ensureReady();
});
afterAll(async () => {
  await fixture.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await db.query('TRUNCATE jobs, tasks, outbox CASCADE');
  planner = plannerParts(db, objects);
});

const reducing = (tasks: number, fan_in?: number, min_success = 1, more: object = {}) => ({
  type: 'map_reduce' as const,
  payload: {},
  fan_out: { chunks: tasks, range_field: 'n', total: tasks },
  reduce: {
    runner_command: ['reduce'],
    requirements: { cpu: 2 },
    timeout_s: 7,
    ...(fan_in ? { fan_in } : {}),
    ...more,
  },
  min_success,
});
const own = (index: number): End => ({ result: { i: index } });
async function close(job: EndingJob, by = planner): Promise<void> {
  await by.closer.closeAll([job.id]);
  await by.reductions.settled();
}
const rangeFrom = (from: number, until: number) => Array.from({ length: until - from }, (_, at) => from + at);
const failing =
  (...indices: number[]) =>
  (index: number): End =>
    indices.includes(index) ? { failed: 'boom' } : own(index);

/** What a reduce task finds at $COMPUTALOT_MAP_RESULTS. */
async function linesOf(job: EndingJob, index: number, run = 1): Promise<{ index: number; result: unknown }[]> {
  const body = await objects.get(objectKeys.mapResults(job.id, run, index));
  const lines = (await text(body!)).split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as { index: number; result: unknown });
}
const indicesOf = async (job: EndingJob, index: number, run = 1) =>
  (await linesOf(job, index, run)).map((line) => line.index);

/** Ends all that is leased, has the planner say what follows, and leases that. */
async function advance(job: EndingJob, how: (index: number) => End | null = own): Promise<number[]> {
  await job.end(how);
  await close(job);
  return job.claim();
}

/** As the scheduler does after a retry. */
async function reopen(job: EndingJob): Promise<void> {
  const { account_id } = await job.row();
  expect(await db.transaction((tx) => reopenJobIfTasksFailed(tx, account_id as string, job.id))).toBe(true);
  await db.transaction((tx) => queueReopenedTasks(tx, job.id, 1_000));
  expect(await jobFaults(db)).toEqual([]);
}

describe('when the map has ended', () => {
  test('a tree of reduce tasks follows, a stage when the one before it has ended, and its last result is the result of all', async () => {
    const job = await EndingJob.planned(db, reducing(50, 7));
    expect(await job.row()).toMatchObject({ task_total: 50, tasks_ahead: 11, map_total: null });
    expect(await advance(job)).toEqual(rangeFrom(50, 58));
    expect(await job.row()).toMatchObject({ status: 'running', task_total: 58, tasks_ahead: 3, map_total: 50 });
    expect((await Promise.all(rangeFrom(50, 58).map((index) => linesOf(job, index)))).flat()).toEqual(
      rangeFrom(0, 50).map((index) => ({ index, result: { i: index } })),
    );
    expect(await advance(job)).toEqual([58, 59]);
    expect(await indicesOf(job, 58)).toEqual(rangeFrom(50, 54));
    expect(await advance(job)).toEqual([60]);
    expect(await linesOf(job, 60)).toEqual([58, 59].map((index) => ({ index, result: { i: index } })));
    expect(await advance(job)).toEqual([]);
    expect(await job.row()).toMatchObject({ status: 'completed', task_total: 61, completed: 61, tasks_ahead: 0 });
    expect(await job.aggregate()).toMatchObject({ result: { i: 60 } });
    expect((await job.told()).filter((type) => type === 'job.finished.v1')).toHaveLength(1);
    expect(await jobFaults(db)).toEqual([]);
  });

  test('its tasks run under a context of their own, and compete with their own needs', async () => {
    const job = await EndingJob.planned(db, reducing(3));
    await job.end(own);
    await close(job);
    const { run_context, requirements, mean_runtime_ms } = await job.row();
    expect(run_context as RunContext).toMatchObject({
      command: ['reduce'],
      timeout_s: 7,
      requirements: { cpu: 2 },
      reduce: { run: 1, map_total: 3, failed: 0, map: { command: ['map'], timeout_s: 60, requirements: { cpu: 1 } } },
    });
    expect([requirements, mean_runtime_ms]).toEqual([{ cpu: 2 }, null]);
    expect(planner.sent).toContain('work.available');
  });

  test('without fan_in one task reads everything, results from the object store and over several lines too', async () => {
    const job = await EndingJob.planned(db, reducing(3));
    const written = '{\r\n  "big": 12345678901234567890,\n "text": "a\\nb"}\n';
    await objects.put(objectKeys.result(job.id, 1, 1), Buffer.from(written));
    await job.end((index) => (index === 1 ? { stored_bytes: written.length } : own(index)));
    await db.query(`UPDATE tasks SET result = $2 WHERE job_id = $1 AND index = 2`, [job.id, '[1,\n2]']);
    await close(job);
    expect(await job.claim()).toEqual([3]);
    const body = await text((await objects.get(objectKeys.mapResults(job.id, 1, 3)))!);
    expect(body.split('\n')).toEqual([
      '{"index":0,"result":{"i":0}}',
      '{"index":1,"result":{    "big": 12345678901234567890,  "text": "a\\nb"} }',
      '{"index":2,"result":[1, 2]}',
      '',
    ]);
  });

  test('what failed is in no file, as long as enough completed', async () => {
    const job = await EndingJob.planned(db, reducing(10, 4, 0.7));
    expect(await advance(job, failing(0, 4, 9))).toEqual([10, 11]);
    expect([await indicesOf(job, 10), await indicesOf(job, 11)]).toEqual([
      [1, 2, 3, 5],
      [6, 7, 8],
    ]);
    expect((await job.row()).run_context).toMatchObject({ reduce: { failed: 3 } });
    expect(await advance(job)).toEqual([12]);
    await advance(job);
    expect(await job.row()).toMatchObject({ status: 'partial', completed: 10, failed: 3, error: null });
    expect(await job.aggregate()).toMatchObject({ result: { i: 12 } });
  });

  test('with too few completed nothing is reduced and the job fails', async () => {
    const job = await EndingJob.planned(db, reducing(10, 4, 0.7));
    expect(await advance(job, failing(0, 4, 5, 9))).toEqual([]);
    expect(await job.row()).toMatchObject({ status: 'failed', task_total: 10, error: { code: 'min_success_not_met' } });
  });

  test('with more failures than max_failures nothing is reduced either, however the last one came', async () => {
    const job = await EndingJob.planned(db, reducing(10, 4, 0.5), { max_failures: 1 });
    expect(await advance(job, failing(1, 2))).toEqual([]);
    expect(await job.row()).toMatchObject({ status: 'failed', error: { code: 'max_failures_exceeded' } });
  });

  test('two planners at once, and every message again, add each stage once', async () => {
    const job = await EndingJob.planned(db, reducing(20, 5));
    const other = plannerParts(db, objects);
    for (const tasks of [4, 1, 0]) {
      await job.end(own);
      await Promise.all([planner, other, planner].map((by) => close(job, by)));
      expect(await job.claim()).toHaveLength(tasks);
    }
    expect(await job.row()).toMatchObject({ status: 'completed', task_total: 25, completed: 25 });
  });

  test('a planner that dies before the rows are there is made good for', async () => {
    const job = await EndingJob.planned(db, reducing(4, 2));
    await job.end(own);
    await db.transaction(async (tx) => {
      // Somebody else is inserting tasks of the job, as far as this planner knows.
      await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('plan:' || $1::text, 0))`, [job.id]);
      await close(job);
    });
    expect(await job.row()).toMatchObject({ planned: 4, task_total: 6, queued: 0 });
    expect(await listJobsToClose(db)).toEqual([]);
    await db.query(`UPDATE jobs SET created_at = created_at - interval '1 minute'`);
    expect(await listJobsToPlan(db, 3)).toEqual([job.id]);
  });

  test('its time to start begins anew', async () => {
    const job = await EndingJob.planned(db, Object.assign(reducing(2), { queue_timeout_s: 60 }));
    await db.query(`UPDATE jobs SET queue_deadline = now() - interval '1 minute'`);
    await job.end(own);
    await close(job);
    expect((await job.row()).queue_deadline).toBeInstanceOf(Date);
    expect(((await job.row()).queue_deadline as Date).getTime()).toBeGreaterThan(Date.now());
  });

  test('while the store is away nothing changes, and the loop comes again; a result that it lost fails the job', async () => {
    const job = await EndingJob.planned(db, reducing(2));
    await job.end((index) => (index === 0 ? { stored_bytes: 5 } : own(index)));
    const away = { put: () => Promise.reject(new Error('the store is away')) } as unknown as ObjectStore;
    await close(job, plannerParts(db, away));
    expect(await listJobsToClose(db)).toEqual([job.id]);
    await close(job);
    const message = expect.stringContaining('result of task 0 is missing');
    expect(await job.row()).toMatchObject({ status: 'failed', error: { code: 'reduce_failed', message } });
  });

  test('a large result of the last reduce task is the result of all too', async () => {
    const job = await EndingJob.planned(db, reducing(2));
    await advance(job);
    await objects.put(objectKeys.result(job.id, 2, 1), Buffer.from(' {"all": [1]}'));
    await job.end(() => ({ stored_bytes: 13 }));
    await close(job);
    expect(await job.row()).toMatchObject({ status: 'completed' });
    expect(await job.aggregate()).toMatchObject({ result: { all: [1] } });
  });
});

test('a planner that stops leaves the writing to another one', async () => {
  const job = await EndingJob.planned(db, reducing(4, 2));
  await job.end(own);
  const begun = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  const slow = {
    put: async (key: string, body: Readable) => {
      begun.resolve();
      await goesOn.promise;
      return objects.put(key, body);
    },
  } as unknown as ObjectStore;
  const stopping = plannerParts(db, slow);
  await stopping.closer.closeAll([job.id]);
  await begun.promise;
  const stopped = stopping.reductions.onModuleDestroy();
  goesOn.resolve();
  await stopped;
  expect(await job.row()).toMatchObject({ task_total: 4, finished_at: null });
  await stopping.closer.closeAll([job.id]);
  await stopping.reductions.settled();
  expect(await listJobsToClose(db)).toEqual([job.id]);
  await close(job);
  expect(await job.claim()).toEqual([4, 5]);
});

test('a large stage holds up the end of no other job', async () => {
  const large = await EndingJob.planned(db, reducing(2));
  const other = await EndingJob.planned(db, { ...reducing(1), reduce: { builtin: 'count' } });
  for (const job of [large, other]) await job.end(own);
  const never = { put: () => new Promise(() => undefined) } as unknown as ObjectStore;
  await plannerParts(db, never).closer.closeAll([large.id, other.id]);
  expect([await large.row(), await other.row()]).toMatchObject([{ finished_at: null }, { status: 'completed' }]);
});

describe('a reduce task that does not complete', () => {
  test('fails the job, by its name; a retry runs it alone, on what it was to read', async () => {
    const job = await EndingJob.planned(db, reducing(9, 3));
    await advance(job);
    expect(await advance(job, failing(10))).toEqual([]);
    const message = expect.stringMatching(
      /^Reduce task job_[0-9a-z]{26}\.10 failed\. 1 of 3 reduce tasks did not complete/,
    );
    expect(await job.row()).toMatchObject({ status: 'failed', error: { code: 'reduce_failed', message } });
    expect(await job.aggregate()).toMatchObject({ result: null });
    await reopen(job);
    expect(await job.row()).toMatchObject({ run: 2, task_total: 12, queued: 1, tasks_ahead: 1 });
    expect(await job.claim()).toEqual([10]);
    expect(await advance(job)).toEqual([12]);
    expect(await indicesOf(job, 12)).toEqual([9, 10, 11]);
    await advance(job);
    expect(await job.row()).toMatchObject({ status: 'completed', completed: 13, error: null });
  });

  test('because the job was cancelled ends it as cancelled', async () => {
    const job = await EndingJob.planned(db, reducing(4, 2));
    await advance(job);
    await db.query('UPDATE jobs SET cancel_requested_at = now()');
    await advance(job, (index) => (index === 4 ? own(index) : 'cancelled'));
    expect(await job.row()).toMatchObject({ status: 'cancelled', completed: 5, cancelled: 1, error: null });
  });
});

test('a cancellation that comes between two stages cancels the next one', async () => {
  const job = await EndingJob.planned(db, reducing(4, 2));
  await job.end(own);
  await db.query('UPDATE jobs SET cancel_requested_at = now()');
  await close(job);
  expect(await objects.get(objectKeys.mapResults(job.id, 1, 4))).toBeNull();
  expect(planner.sent).toContain('closing.wanted');
  await close(job);
  expect(await job.row()).toMatchObject({ status: 'cancelled', completed: 4, cancelled: 2, task_total: 6 });
  expect(await jobFaults(db)).toEqual([]);
});

describe('a retry of map tasks', () => {
  test('takes the reduction back and reduces anew, under attempts that no late report has', async () => {
    const job = await EndingJob.planned(db, reducing(5, 2, 0.5));
    await advance(job, failing(1, 2));
    await advance(job);
    await advance(job);
    expect(await job.row()).toMatchObject({ status: 'partial', task_total: 8, completed: 6, failed: 2 });
    const before = await job.row();
    await reopen(job);
    expect(await job.aggregate()).toMatchObject({ result: null });
    expect(await job.row()).toMatchObject({
      task_total: 5,
      planned: 5,
      completed: 3,
      queued: 2,
      map_total: null,
      tasks_ahead: 3,
    });
    expect((await job.row()).run_context).toMatchObject({ command: ['map'], timeout_s: 60, requirements: { cpu: 1 } });
    expect((await job.row()).requirements).toEqual({ cpu: 1 });
    expect((before.run_context as RunContext).command).toEqual(['reduce']);
    expect(await job.claim()).toEqual([1, 2]);
    expect(await advance(job)).toEqual([5, 6, 7]);
    expect(await indicesOf(job, 5, 2)).toEqual([0, 1]);
    const attempts = await db.query<{ attempt: number }>('SELECT attempt FROM tasks WHERE job_id = $1 AND index >= 5', [
      job.id,
    ]);
    expect(attempts.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
    for (let more = await advance(job); more.length > 0;) more = await advance(job);
    expect(await job.row()).toMatchObject({ status: 'completed', failed: 0, task_total: 11, run: 2 });
    expect(await jobFaults(db)).toEqual([]);
  });

  test('and of reduce tasks that max_failures stopped, which would never complete', async () => {
    const job = await EndingJob.planned(db, reducing(4, 2), { max_failures: 0 });
    await advance(job);
    await job.end((index) => (index === 4 ? { failed: 'boom' } : null));
    await advance(job, () => 'cancelled');
    expect(await job.row()).toMatchObject({
      status: 'failed',
      failed: 1,
      cancelled: 1,
      error: { code: 'max_failures_exceeded' },
    });
    const { account_id } = await job.row();
    expect(await db.transaction((tx) => reopenJobIfTasksFailed(tx, account_id as string, job.id))).toBe(true);
    expect(await job.row()).toMatchObject({ status: 'queued', task_total: 4, completed: 4, reopening: 0, error: null });
    expect(await listJobsToClose(db)).toEqual([job.id]);
    await close(job);
    expect(await job.claim()).toEqual([4, 5]);
  });
});
