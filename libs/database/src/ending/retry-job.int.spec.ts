import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { listResults, listTasks, readJob } from '../reading/index.js';
import { JobDelta, failUnstartedTasks, readJobFacts, settleJobs } from '../scheduling/index.js';
import { requestCancelIfOpen } from '../submitting/index.js';
import {
  listReopeningJobs,
  queueReopenedTasks,
  reopenJobIfTasksFailed,
  replanJobIfUnplanned,
} from './retry-job.store.js';

let fixture: TestDatabase;
const account = newUuid();

beforeAll(async () => {
  fixture = await createTestDatabase();
  await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
});
afterAll(() => fixture.drop());
beforeEach(() => fixture.database.query('TRUNCATE jobs, tasks, outbox CASCADE'));

const db = () => fixture.database;
const rows = <R extends object>(sql: string, params: unknown[] = []) => db().query<R>(sql, params);

/** An ended job; task n is in the state that letter n of `states` begins with. Failed ones used up two attempts. */
async function endedJob(states: string, status: string, submission = '{}'): Promise<string> {
  const id = newUuid();
  const of = (letter: string) => states.split(letter).length - 1;
  await rows(
    `INSERT INTO jobs (id, account_id, type, status, task_total, planned, completed, failed, cancelled, run_context, error, started_at, finished_at)
     VALUES ($1, $2, 'structured_runner', $3::job_status, $4, $4, $5, $6, $7, '{}', '{"code":"max_failures_exceeded"}', now(), now())`,
    [id, account, status, states.length, of('c'), of('f'), of('x')],
  );
  await rows('INSERT INTO job_submissions (job_id, submission) VALUES ($1, $2)', [id, submission]);
  await rows(
    `INSERT INTO tasks (job_id, index, state, attempt, failures, losses, exit_code, outcome, started_at, finished_at)
     SELECT $1, at - 1, CASE letter WHEN 'c' THEN 'completed' WHEN 'f' THEN 'failed' ELSE 'cancelled' END::task_state,
            2, 2, 1, 7, '{"error":{"code":"exit"}}', now(), now()
     FROM unnest($2::text[]) WITH ORDINALITY AS s (letter, at)`,
    [id, states.split('')],
  );
  return id;
}

const moveAll = async (id: string, size: number) => {
  let moved = 0;
  for (;;) {
    const slice = await db().transaction((tx) => queueReopenedTasks(tx, id, size));
    if (!slice) return moved;
    moved += slice.count;
  }
};
const statesOf = async (id: string) =>
  (await rows<{ state: string }>('SELECT state FROM tasks WHERE job_id = $1 ORDER BY index', [id]))
    .map(({ state }) => (state === 'cancelled' ? 'x' : state[0]))
    .join('');
const jobRow = async (id: string) => (await rows<Record<string, unknown>>('SELECT * FROM jobs WHERE id = $1', [id]))[0];
const settle = async (id: string) => {
  const facts = new Map((await readJobFacts(db(), [id])).map((job) => [job.id, job]));
  return db().transaction((tx) => settleJobs(tx, new Map([[id, new JobDelta()]]), facts));
};

describe('reopening', () => {
  test('opens the job by one row, once, however many ask, and tells the scheduler', async () => {
    const id = await endedJob('cffx', 'partial');
    const opened = await Promise.all(
      Array.from({ length: 5 }, () => db().transaction((tx) => reopenJobIfTasksFailed(tx, account, id))),
    );
    expect(opened.filter(Boolean)).toHaveLength(1);
    expect(await jobRow(id)).toMatchObject({
      status: 'queued',
      run: 2,
      error: null,
      cancel_requested_at: null,
      started_at: null,
      finished_at: null,
      completed: 1,
      failed: 0,
      cancelled: 1,
      reopening: 2,
      reopened: 2,
    });
    expect(await rows('SELECT type, body FROM outbox')).toEqual([{ type: 'job.reopened', body: { job_id: id } }]);
    expect(await listReopeningJobs(db())).toEqual([id]);
  });

  test('readers take the failed tasks as queued before their rows are moved, and see no trace of their failure', async () => {
    const id = await endedJob('fcfx', 'partial');
    await db().transaction((tx) => reopenJobIfTasksFailed(tx, account, id));
    await db().transaction((tx) => queueReopenedTasks(tx, id, 1));
    const page = { after: -1, limit: 10 };
    const gone = { exit_code: null, started_at: null, finished_at: null, outcome: null };
    for (const list of [listTasks, listResults]) {
      const tasks = await list(db(), account, id, page);
      expect(tasks.map(({ state }) => state)).toEqual(['queued', 'completed', 'queued', 'cancelled']);
      for (const index of [0, 2]) expect(tasks[index]).toMatchObject({ ...gone, attempt: 2 });
      expect(tasks[1]).toMatchObject({ exit_code: 7 });
      expect(await list(db(), account, id, { ...page, states: ['failed'] })).toEqual([]);
      expect(await list(db(), account, id, { ...page, states: ['queued'] })).toHaveLength(2);
    }
    expect(await readJob(db(), account, id)).toMatchObject({ queued: 2, failed: 0, run: 2 });
  });

  test('moves every failed task once, in slices that may run at the same time; attempts go on, charges begin anew', async () => {
    const id = await endedJob('fcfffxffffcf', 'partial');
    await db().transaction((tx) => reopenJobIfTasksFailed(tx, account, id));
    const moved = await Promise.all([moveAll(id, 2), moveAll(id, 3)]);
    expect(moved[0]! + moved[1]!).toBe(9);
    expect(await statesOf(id)).toBe('qcqqqxqqqqcq');
    expect(await jobRow(id)).toMatchObject({ queued: 9, reopening: 0, reopen_from: null, completed: 2, cancelled: 1 });
    const [task] = await rows('SELECT * FROM tasks WHERE job_id = $1 AND index = 0', [id]);
    expect(task).toMatchObject({
      attempt: 2,
      failures: 0,
      losses: 0,
      exit_code: null,
      outcome: null,
      finished_at: null,
    });
    expect(await listReopeningJobs(db())).toEqual([]);
  });

  test('a task that fails again while others still wait to be moved stays failed', async () => {
    const id = await endedJob('fff', 'failed');
    await db().transaction((tx) => reopenJobIfTasksFailed(tx, account, id));
    await db().transaction((tx) => queueReopenedTasks(tx, id, 1));
    await rows(`UPDATE tasks SET state = 'failed', finished_at = now() WHERE job_id = $1 AND index = 0`, [id]);
    await rows('UPDATE jobs SET queued = queued - 1, failed = failed + 1 WHERE id = $1', [id]);
    expect((await settle(id)).finished).toEqual([]);
    await moveAll(id, 1);
    expect(await statesOf(id)).toBe('fqq');
  });

  test('failures are counted anew against max_failures', async () => {
    const id = await endedJob('fff', 'failed');
    await rows('UPDATE jobs SET max_failures = 0 WHERE id = $1', [id]);
    await db().transaction((tx) => reopenJobIfTasksFailed(tx, account, id));
    await db().transaction((tx) => queueReopenedTasks(tx, id, 1));
    await settle(id);
    expect(await jobRow(id)).toMatchObject({ cancel_requested_at: null, error: null });
  });

  test('a cancel in the middle cancels what is not moved yet, and the job ends with it', async () => {
    const id = await endedJob('cfff', 'partial');
    await db().transaction((tx) => reopenJobIfTasksFailed(tx, account, id));
    await db().transaction((tx) => queueReopenedTasks(tx, id, 1));
    await requestCancelIfOpen(db(), account, id);
    await rows(`UPDATE tasks SET state = 'cancelled', finished_at = now() WHERE job_id = $1 AND state = 'queued'`, [
      id,
    ]);
    await rows('UPDATE jobs SET queued = 0, cancelled = cancelled + 1 WHERE id = $1', [id]);
    await moveAll(id, 1);
    expect(await statesOf(id)).toBe('cxxx');
    expect((await settle(id)).finished).toMatchObject([{ id, status: 'cancelled' }]);
    const [{ body } = { body: [] }] = await rows<{ body: { type: string; data: object }[] }>(
      `SELECT body FROM outbox WHERE kind = 'events'`,
    );
    expect(body).toMatchObject([{ type: 'job.finished.v1', data: { status: 'cancelled', run: 2 } }]);
  });

  test('queue_timeout_s runs from the retry on, and ends tasks that no attempt of this run has begun', async () => {
    const id = await endedJob('ff', 'failed', '{"queue_timeout_s": 60}');
    await db().transaction((tx) => reopenJobIfTasksFailed(tx, account, id));
    await moveAll(id, 10);
    const [left] = await rows(
      'SELECT extract(epoch FROM queue_deadline - now())::float8 AS s FROM jobs WHERE id = $1',
      [id],
    );
    expect((left as { s: number }).s).toBeGreaterThan(50);
    await rows('UPDATE tasks SET failures = 1 WHERE job_id = $1 AND index = 1', [id]);
    expect(await failUnstartedTasks(db(), id, { error: { code: 'queue_timeout' } }, 100)).toBe(1);
    expect(await statesOf(id)).toBe('fq');
  });

  test.each([
    ['cx', 'partial', account],
    ['cc', 'completed', account],
    ['xx', 'cancelled', account],
    ['cf', 'partial', newUuid()],
  ])('leaves a job with the tasks %s alone (%s)', async (states, status, asker) => {
    const id = await endedJob(states, status);
    expect(await db().transaction((tx) => reopenJobIfTasksFailed(tx, asker, id))).toBe(false);
    expect(await replanJobIfUnplanned(db(), asker, id)).toBe(false);
    expect(await jobRow(id)).toMatchObject({ status, run: 1 });
  });
});

describe('planning again', () => {
  test('lets a job that failed because of a dependency wait for it again, and for no other', async () => {
    const [id, good, bad] = [newUuid(), newUuid(), newUuid()];
    await rows(
      `INSERT INTO jobs (id, account_id, type, status, unmet, error, finished_at)
       VALUES ($1, $2, 'structured_runner', 'failed', 1, '{"code":"dependency_failed"}', now())`,
      [id, account],
    );
    await rows(
      `INSERT INTO job_dependencies (job_id, depends_on, condition, state) VALUES ($1, $2, 'completed', 'met'), ($1, $3, 'completed', 'failed')`,
      [id, good, bad],
    );
    expect(await replanJobIfUnplanned(db(), account, id)).toBe(true);
    expect(await jobRow(id)).toMatchObject({ status: 'queued', unmet: 1, error: null, finished_at: null });
    expect(await rows('SELECT depends_on, state FROM job_dependencies ORDER BY state')).toEqual([
      { depends_on: good, state: 'met' },
      { depends_on: bad, state: 'waiting' },
    ]);
  });

  test('sends a job without tasks back to the planner, once', async () => {
    const id = newUuid();
    await rows(
      `INSERT INTO jobs (id, account_id, type, status, error, finished_at) VALUES ($1, $2, 'structured_runner', 'failed', '{"code":"no_command"}', now())`,
      [id, account],
    );
    expect(await db().transaction((tx) => reopenJobIfTasksFailed(tx, account, id))).toBe(false);
    const opened = await Promise.all([1, 2, 3].map(() => replanJobIfUnplanned(db(), account, id)));
    expect(opened.filter(Boolean)).toHaveLength(1);
    expect(await jobRow(id)).toMatchObject({ status: 'planning', run: 2, error: null, finished_at: null });
    expect(await rows('SELECT type, body FROM outbox')).toEqual([{ type: 'job.submitted', body: { job_id: id } }]);
  });
});
