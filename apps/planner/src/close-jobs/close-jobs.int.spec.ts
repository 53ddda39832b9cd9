import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  JobDelta,
  cancelWaitingTasks,
  failUnstartedTasks,
  listJobsToClose,
  lockJobToClose,
  readJobFacts,
  readJobsToStop,
  settleJobs,
  type Database,
} from '@computalot/database';
import { done } from '@computalot/messaging';
import type { ObjectStore } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { EndingJob, type End } from '../testing/ending-job.js';
import { plannerParts, type PlannerParts } from '../testing/planner-parts.js';
import { TasksEndedConsumer } from './tasks-ended.consumer.js';

let fixture: TestDatabase;
let db: Database;
let planner: PlannerParts;
const noObjects = { get: async () => null } as unknown as ObjectStore;

beforeAll(async () => {
  fixture = await createTestDatabase();
  db = fixture.database;
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  await db.query('TRUNCATE jobs, tasks, outbox CASCADE');
  planner = plannerParts(db, noObjects);
});

const counting = (tasks: number, min_success = 1) => ({
  type: 'map_reduce' as const,
  payload: {},
  fan_out: { chunks: tasks, range_field: 'n', total: tasks },
  reduce: { builtin: 'count' },
  min_success,
});
const fine: End = { result: 1 };
const finishedEvents = (types: readonly string[]) => types.filter((type) => type === 'job.finished.v1').length;

describe('when the last task has ended', () => {
  test('the job stays open and the planner is told, in the same transaction', async () => {
    const job = await EndingJob.planned(db, counting(3));
    const settled = await job.end(() => fine);
    expect(settled).toMatchObject({ toClose: [job.id], finished: [] });
    expect(await job.row()).toMatchObject({ status: 'running', completed: 3, finished_at: null });
    expect(await job.told()).toContain('job.tasks_ended');
    expect(await listJobsToClose(db)).toEqual([job.id]);
  });

  test('it cannot be closed before its results are folded', async () => {
    const job = await EndingJob.planned(db, counting(3));
    await job.end(() => fine);
    const lock = () => db.transaction((tx) => lockJobToClose(tx, job.id));
    expect(await lock()).toBeNull();
    await planner.aggregates.foldAll(job.id);
    expect(await lock()).toMatchObject({ id: job.id, completed: 3, folded: 3 });
  });

  test('it ends once, with the whole aggregate, one event and the end of its stream, however often it is closed', async () => {
    const job = await EndingJob.planned(db, counting(40));
    await job.end(() => fine);
    const other = plannerParts(db, noObjects);
    const closed = await Promise.all([planner, other, planner].map(({ closer }) => closer.closeAll([job.id, job.id])));
    expect(closed.reduce((sum, n) => sum + n)).toBe(1);
    expect(await planner.closer.closeAll([job.id])).toBe(0);
    expect(await job.row()).toMatchObject({ status: 'completed', finished_at: expect.any(Date) });
    expect(await job.aggregate()).toMatchObject({ folded: 40, result: { value: 40 } });
    expect(finishedEvents(await job.told())).toBe(1);
    expect([...planner.live, ...other.live]).toMatchObject([
      { jobId: job.id, entry: { kind: 'job', status: 'completed', terminal: true, task_counts: { completed: 40 } } },
    ]);
    expect(await listJobsToClose(db)).toEqual([]);
  });

  test.each(['handle', 'handleWish'] as const)('each of its messages is enough (%s)', async (handle) => {
    const jobs = [await EndingJob.planned(db, counting(1)), await EndingJob.planned(db, counting(2))];
    for (const job of jobs) await job.end(() => fine);
    const consumer = new TasksEndedConsumer(planner.closer);
    expect(await consumer[handle](jobs.map(({ id }) => ({ job_id: id })))).toEqual(done);
    for (const job of jobs) expect(await job.row()).toMatchObject({ status: 'completed' });
  });

  test('a message whose job cannot be closed yet is no dead letter: the loop repeats it', async () => {
    const job = await EndingJob.planned(db, counting(1));
    await job.end(() => ({ stored_bytes: 1 }));
    const away = { get: () => Promise.reject(new Error('the store is away')) } as unknown as ObjectStore;
    expect(await new TasksEndedConsumer(plannerParts(db, away).closer).handle([{ job_id: job.id }])).toEqual(done);
    expect(await listJobsToClose(db)).toEqual([job.id]);
  });

  test('a job with tasks left to end is not closed', async () => {
    const job = await EndingJob.planned(db, counting(3));
    await job.end((index) => (index < 2 ? fine : null));
    expect(await planner.closer.closeAll([job.id])).toBe(0);
    expect(await job.row()).toMatchObject({ finished_at: null });
  });

  test('one that cannot be closed holds up no other', async () => {
    const stuck = await EndingJob.planned(db, counting(1));
    const other = await EndingJob.planned(db, counting(1));
    await stuck.end(() => ({ stored_bytes: 1 }));
    await other.end(() => fine);
    const away = { get: () => Promise.reject(new Error('the store is away')) } as unknown as ObjectStore;
    await expect(plannerParts(db, away).closer.closeAll([stuck.id, other.id])).rejects.toThrow('away');
    expect([await stuck.row(), await other.row()]).toMatchObject([{ finished_at: null }, { status: 'completed' }]);
  });

  test('what is missing from the aggregate is folded again, and the job ends', async () => {
    const job = await EndingJob.planned(db, counting(5));
    await job.end((index) => (index < 3 ? fine : null));
    await db.query('DELETE FROM ended_tasks WHERE job_id = $1', [job.id]);
    await job.end(() => fine);
    await planner.closer.closeAll([job.id]);
    expect(await job.row()).toMatchObject({ status: 'completed' });
    expect(await job.aggregate()).toMatchObject({ folded: 5, result: { value: 5 } });
  });
});

describe('the final status', () => {
  const failing = (failed: number) => (index: number) => (index < failed ? { failed: 'boom' } : fine);

  test.each([
    [0, 1, 'completed', null],
    [1, 1, 'failed', { code: 'min_success_not_met' }],
    [1, 0.9, 'partial', null],
    [10, 0, 'failed', { code: 'min_success_not_met' }],
  ])('of a reduction with %i of 10 map tasks failed and min_success %d is %s', async (failed, share, status, error) => {
    const job = await EndingJob.planned(db, counting(10, share));
    await job.end(failing(failed));
    await planner.closer.closeAll([job.id]);
    expect(await job.row()).toMatchObject({ status, error });
    // What there is can be seen whatever becomes of the job; of nothing but failures there is nothing.
    expect(await job.aggregate()).toMatchObject({ folded: 10, result: { value: 10 - failed } });
  });

  test.each([
    [2, 'partial'],
    [4, 'failed'],
  ])('of a sweep with %i of 4 points failed is %s', async (failed, status) => {
    const job = await EndingJob.planned(db, { type: 'sweep', sweep: { parameters: { a: [1, 2, 3, 4] } } });
    await job.end(failing(failed));
    await planner.closer.closeAll([job.id]);
    expect(await job.row()).toMatchObject({ status, error: null });
    expect(await job.aggregate()).toMatchObject({ result: { points: { total: 4, failed } } });
  });
});

describe('what ends tasks without a report', () => {
  const settle = async (
    job: EndingJob,
    ending: (delta: JobDelta) => (tx: Parameters<typeof settleJobs>[0]) => Promise<unknown>,
  ) => {
    const facts = new Map((await readJobFacts(db, [job.id])).map((known) => [known.id, known]));
    const delta = new JobDelta();
    return db.transaction(async (tx) => {
      await ending(delta)(tx);
      return settleJobs(tx, new Map([[job.id, delta]]), facts);
    });
  };
  const cancelWaiting = (job: EndingJob) =>
    settle(job, (delta) => async (tx) => {
      for (const { state, count } of await cancelWaitingTasks(tx, job.id, 100)) delta.move(state, 'cancelled', count);
    });

  test('a cancelled job is closed as cancelled; its cancelled tasks are no part of the aggregate', async () => {
    const job = await EndingJob.planned(db, counting(4), { leased: false });
    await db.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [job.id]);
    expect(await readJobsToStop(db, null)).toEqual([job.id]);
    await cancelWaiting(job);
    // Nothing is left to stop: the rest is the planner's.
    expect(await readJobsToStop(db, null)).toEqual([]);
    await planner.closer.closeAll([job.id]);
    expect(await job.row()).toMatchObject({ status: 'cancelled', cancelled: 4, error: null });
    expect(await job.aggregate()).toMatchObject({ folded: 0, result: null });
  });

  test('tasks whose queue_timeout_s has passed are failed points, each with the reason', async () => {
    const parameters = { a: { min: 1, max: 1_200, step: 1 } };
    const job = await EndingJob.planned(db, { type: 'sweep', sweep: { parameters } }, { leased: false });
    const outcome = { error: { code: 'queue_timeout', message: 'too late' } };
    await settle(job, (delta) => async (tx) => {
      delta.move('queued', 'failed', await failUnstartedTasks(tx, job.id, outcome, 2_000));
    });
    expect((await job.unfolded()).length).toBe(1_200);
    await planner.closer.closeAll([job.id]);
    expect(await job.row()).toMatchObject({ status: 'failed', failed: 1_200 });
    const { result } = await job.aggregate();
    expect(result).toMatchObject({
      points: { total: 1_200, completed: 0, failed: 1_200 },
      failed_points: { points: expect.arrayContaining([expect.objectContaining({ index: 0, reason: 'too late' })]) },
    });
  });

  test('tasks of a structured_runner whose time has passed leave nothing to fold', async () => {
    const job = await EndingJob.planned(db, { payload: {} }, { leased: false });
    await settle(job, (delta) => async (tx) => {
      delta.move('queued', 'failed', await failUnstartedTasks(tx, job.id, {}, 100));
    });
    expect(await job.unfolded()).toEqual([]);
    expect(await job.row()).toMatchObject({ status: 'failed' });
  });

  test('more failures than max_failures end a sweep early, with what it has', async () => {
    const job = await EndingJob.planned(
      db,
      { type: 'sweep', sweep: { parameters: { a: [1, 2, 3, 4, 5] } } },
      { max_failures: 1 },
    );
    await job.end((index) => (index === 0 ? fine : index < 3 ? { failed: 'boom' } : null));
    await job.end(() => 'cancelled');
    await planner.closer.closeAll([job.id]);
    expect(await job.row()).toMatchObject({ status: 'partial', error: { code: 'max_failures_exceeded' } });
    expect(await job.aggregate()).toMatchObject({ folded: 3, result: { points: { completed: 1, failed: 2 } } });
  });
});
