import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Database, foldAgain, listJobsToAggregate } from '@computalot/database';
import { createObjectStore, objectKeys, type ObjectStore } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { EndingJob, type End } from '../testing/ending-job.js';
import { plannerParts, type PlannerParts } from '../testing/planner-parts.js';
import { MAX_AGGREGATED_RESULT_BYTES } from './read-outcomes.service.js';

let fixture: TestDatabase;
let folder: string;
let objects: ObjectStore;
let db: Database;
let planner: PlannerParts;

beforeAll(async () => {
  fixture = await createTestDatabase();
  db = fixture.database;
  folder = await mkdtemp(join(tmpdir(), 'aggregate-'));
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

const summing = (tasks: number) => ({
  type: 'map_reduce' as const,
  payload: {},
  fan_out: { chunks: tasks, range_field: 'n', total: tasks },
  reduce: { builtin: 'sum', field: 'x' },
});
const sweep = {
  type: 'sweep' as const,
  sweep: { parameters: { a: [1, 2, 3], b: [0, 1] }, objective: { metric: 'm', goal: 'minimize' } },
};
const below = (limit: number, end: (index: number) => End) => (index: number) => (index < limit ? end(index) : null);
const x = (index: number): End => ({ result: { x: index } });
const sumTo = (count: number) => (count * (count - 1)) / 2;

/** A second is over. */
const later = () => db.query('UPDATE job_aggregates SET fold_after = now()');

describe('while the job runs', () => {
  test('what has ended is in the aggregate, and nothing twice', async () => {
    const job = await EndingJob.planned(db, sweep);
    expect(await job.aggregate()).toMatchObject({ result: null, folded: 0 });
    await job.end(below(3, (index) => ({ result: { m: 10 - index } })));
    expect(await job.unfolded()).toEqual([0, 1, 2]);
    expect(await planner.aggregates.runOnce()).toBe(3);
    expect(await job.aggregate()).toMatchObject({
      folded: 3,
      result: {
        points: { total: 6, completed: 3, failed: 0 },
        best: { index: 2, metric: 8, parameters: { a: 2, b: 0 } },
      },
      aliases: { best: { index: 2 }, top: [{ index: 2 }, { index: 1 }, { index: 0 }] },
    });
    await later();
    expect(await planner.aggregates.runOnce()).toBe(0);
    await job.end((index) => (index === 5 ? { result: { m: 1 } } : { failed: 'boom' }));
    await planner.aggregates.runOnce();
    expect(await job.aggregate()).toMatchObject({
      folded: 6,
      result: {
        points: { total: 6, completed: 4, failed: 2 },
        best: { index: 5, metric: 1 },
        failed_points: {
          count: 2,
          points: [
            { index: 3, reason: 'boom' },
            { index: 4, reason: 'boom' },
          ],
        },
      },
    });
  });

  test('a job waits between its folds until all its tasks have ended', async () => {
    const job = await EndingJob.planned(db, summing(4));
    await job.end(below(1, x));
    await planner.aggregates.runOnce();
    await job.end(below(3, x));
    expect(await listJobsToAggregate(db)).toEqual([]);
    await job.end(x);
    expect(await listJobsToAggregate(db)).toEqual([job.id]);
  });

  test('every job with results to fold is found, each once', async () => {
    const jobs = [];
    for (const _ of [1, 2, 3]) jobs.push(await EndingJob.planned(db, summing(3)));
    for (const job of jobs) for (const to of [1, 2]) await job.end(below(to, x));
    expect((await listJobsToAggregate(db)).sort()).toEqual(jobs.map(({ id }) => id).sort());
    await planner.aggregates.runOnce();
    expect(await listJobsToAggregate(db)).toEqual([]);
  });

  test('a job that does not aggregate leaves nothing behind', async () => {
    const job = await EndingJob.planned(db, { ...summing(3), type: 'structured_runner', reduce: null });
    await job.end(x);
    expect(await job.unfolded()).toEqual([]);
    expect(await job.row()).toMatchObject({ status: 'completed' });
  });
});

describe('each task counts once', () => {
  test('with two planners that fold whatever they find while tasks end', async () => {
    const tasks = 120;
    const job = await EndingJob.planned(db, summing(tasks));
    const other = plannerParts(db, objects);
    let isRunning = true;
    const folding = [planner, other].map(async ({ aggregates }) => {
      while (isRunning) await aggregates.foldAll(job.id);
      await aggregates.foldAll(job.id);
    });
    for (let until = 6; until <= tasks; until += 6) await job.end(below(until, x));
    isRunning = false;
    await Promise.all(folding);
    expect(await job.aggregate()).toMatchObject({ folded: tasks, result: { sum: sumTo(tasks), count: tasks } });
    expect(await job.unfolded()).toEqual([]);
  });

  test('when the database goes away before the fold is written, and when it goes away after', async () => {
    const job = await EndingJob.planned(db, summing(10));
    await job.end(below(6, x));
    const failing = new FailingFolds({ url: fixture.url });
    const crashing = plannerParts(failing, objects);
    failing.fails = 'before';
    await expect(crashing.aggregates.foldAll(job.id)).rejects.toThrow('before');
    expect([(await job.aggregate()).folded, await job.unfolded()]).toEqual([0, [0, 1, 2, 3, 4, 5]]);
    failing.fails = 'after';
    await expect(crashing.aggregates.foldAll(job.id)).rejects.toThrow('after');
    await planner.aggregates.foldAll(job.id);
    expect(await job.aggregate()).toMatchObject({ folded: 6, result: { sum: sumTo(6), count: 6 } });
    await failing.close();
  });

  test('a fold that was begun before another one, or before a new start, changes nothing', async () => {
    const job = await EndingJob.planned(db, summing(5));
    await job.end(below(3, x));
    const slow = new FailingFolds({ url: fixture.url });
    slow.meanwhile = () => planner.aggregates.foldAll(job.id);
    await plannerParts(slow, objects).aggregates.foldAll(job.id);
    expect(await job.aggregate()).toMatchObject({ folded: 3, result: { sum: 3, count: 3 } });
    await job.end(below(4, x));
    slow.meanwhile = () => foldAgain(db, job.id);
    await plannerParts(slow, objects).aggregates.foldAll(job.id);
    expect(await job.aggregate()).toMatchObject({ folded: 4, result: { sum: 6, count: 4 } });
    await slow.close();
  });

  test('a new start forgets what was folded and folds all that has ended', async () => {
    const job = await EndingJob.planned(db, summing(2_500));
    await job.end((index) => (index % 2 === 0 ? x(index) : null));
    await planner.aggregates.foldAll(job.id);
    await foldAgain(db, job.id);
    expect((await job.unfolded()).length).toBe(1_250);
    await planner.aggregates.foldAll(job.id);
    expect(await job.aggregate()).toMatchObject({ folded: 1_250, result: { sum: 2 * sumTo(1_250), count: 1_250 } });
  });
});

describe('results', () => {
  const store = (job: EndingJob, index: number, text: string) =>
    objects.put(objectKeys.result(job.id, index, 1), Buffer.from(text));

  test('in the object store are read; those that cannot be count as failed, with the reason', async () => {
    const job = await EndingJob.planned(db, sweep);
    await store(job, 0, JSON.stringify({ m: 4, pad: 'x'.repeat(20_000) }));
    await store(job, 1, '{"m": 3');
    await store(job, 3, 'x'.repeat(MAX_AGGREGATED_RESULT_BYTES + 1));
    const sizes = [20_000, 8, 5, 7, MAX_AGGREGATED_RESULT_BYTES + 1];
    await job.end((index) => (index === 5 ? { result: { m: 5 } } : { stored_bytes: sizes[index] ?? 0 }));
    await planner.aggregates.foldAll(job.id);
    const { result } = await job.aggregate();
    expect(result).toMatchObject({ points: { completed: 2, failed: 4 }, best: { index: 0, metric: 4 } });
    expect((result?.failed_points as { points: { index: number; reason: string }[] }).points).toMatchObject([
      { index: 1, reason: expect.stringContaining('not JSON') },
      { index: 2, reason: 'its result is missing from the object store' },
      { index: 3, reason: 'its result is larger than 16 MiB' },
      { index: 4, reason: 'its result is larger than 16 MiB' },
    ]);
  });

  test('are not given up while the object store is away', async () => {
    const job = await EndingJob.planned(db, sweep);
    await job.end(() => ({ stored_bytes: 9 }));
    const away = { ...objects, get: () => Promise.reject(new Error('the store is away')) } as ObjectStore;
    const crashing = plannerParts(db, away);
    await expect(crashing.aggregates.foldAll(job.id)).rejects.toThrow('away');
    expect(await crashing.aggregates.runOnce()).toBe(0);
    for (let index = 0; index < 6; index++) await store(job, index, `{"m": ${index}}`);
    await planner.aggregates.foldAll(job.id);
    expect(await job.aggregate()).toMatchObject({ folded: 6, result: { points: { completed: 6, failed: 0 } } });
  });

  test('of a batch count per item where there is one for each, else as one', async () => {
    const job = await EndingJob.planned(db, {
      type: 'map_reduce',
      payload: { xs: [0, 1, 2, 3, 4] },
      fan_out: { by: 'xs', batch_size: 2 },
      reduce: { builtin: 'concat' },
    });
    const results = [{ results: ['a', 'b'] }, { results: ['only one'] }, { results: ['e'] }];
    await job.end((index) => ({ result: results[index] }));
    await planner.aggregates.foldAll(job.id);
    expect(await job.aggregate()).toMatchObject({
      folded: 3,
      result: { value: ['a', 'b', { results: ['only one'] }, 'e'], count: 4 },
      aliases: { value: ['a', 'b', { results: ['only one'] }, 'e'] },
    });
  });
});

/** Does something once, or breaks off, beside the statement that writes a fold. */
class FailingFolds extends Database {
  fails: 'before' | 'after' | null = null;
  meanwhile: (() => Promise<unknown>) | null = null;

  override async query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]> {
    if (!sql.includes('SET version = version + 1')) return super.query<R>(sql, params);
    const { meanwhile } = this;
    this.meanwhile = null;
    await meanwhile?.();
    if (this.fails === 'before') throw new Error('before');
    const rows = await super.query<R>(sql, params);
    if (this.fails === 'after') throw new Error('after');
    return rows;
  }
}
