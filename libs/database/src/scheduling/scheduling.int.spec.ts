import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeId, newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { beginPlanningIfNew, insertTaskSlice } from '../planning/index.js';
import {
  JobDelta,
  applyMoves,
  cancelWaitingTasks,
  claimQueuedTasks,
  lockCurrentAttempts,
  lockLeasesOfWorkers,
  readJobFacts,
  settleJobs,
  taskStates,
  type AttemptKey,
  type AttemptMove,
  type CurrentAttempt,
} from './index.js';

let fixture: TestDatabase;

beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(() => fixture.drop());

const runContext = {
  job_id: 'job_x',
  revision: null,
  command: ['true'],
  env: {},
  timeout_s: 1,
  requirements: {},
  spec: null,
};

async function plannedJob(tasks: number, columns: Record<string, unknown> = {}): Promise<string> {
  const db = fixture.database;
  const id = newUuid();
  const account = newUuid();
  await db.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
  const extra = Object.keys(columns);
  await db.query(
    `INSERT INTO jobs (id, account_id, type${extra.map((name) => `, ${name}`).join('')})
     VALUES ($1, $2, 'structured_runner'${extra.map((_, at) => `, $${at + 3}`).join('')})`,
    [id, account, ...Object.values(columns)],
  );
  await db.query(`INSERT INTO job_submissions (job_id, submission) VALUES ($1, '{}')`, [id]);
  await beginPlanningIfNew(db, id, tasks, runContext);
  while (await insertTaskSlice(db, id, 7)) continue;
  return id;
}

const factsOf = async (jobId: string) =>
  new Map((await readJobFacts(fixture.database, [jobId])).map((facts) => [facts.id, facts]));

async function claim(jobId: string, workerId: string, count: number): Promise<AttemptKey[]> {
  const claims = await fixture.database.transaction((tx) => claimQueuedTasks(tx, [{ jobId, workerId, count }]));
  return claims.flatMap((c) =>
    c.indices.map((index, at) => ({ job_id: c.job_id, index, attempt: c.attempts[at] as number })),
  );
}

type Decide = (current: CurrentAttempt) => Partial<AttemptMove> & { to: AttemptMove['to'] };

async function move(jobId: string, keys: readonly AttemptKey[], decide: Decide) {
  const facts = await factsOf(jobId);
  return fixture.database.transaction(async (tx) => {
    const locked = await lockCurrentAttempts(tx, keys);
    const moves = locked.map(
      (current) =>
        ({
          ...current,
          failures: undefined,
          losses: undefined,
          from: current.state,
          ...decide(current),
        }) as AttemptMove,
    );
    return { moved: moves.length, settled: await applyMoves(tx, moves, facts) };
  });
}

async function cancelWaiting(jobId: string, most = 100) {
  const facts = await factsOf(jobId);
  return fixture.database.transaction(async (tx) => {
    const delta = new JobDelta();
    for (const { state, count } of await cancelWaitingTasks(tx, jobId, most)) delta.move(state, 'cancelled', count);
    return settleJobs(tx, new Map([[jobId, delta]]), facts);
  });
}

const readJob = async (jobId: string) =>
  (await fixture.database.query<Record<string, unknown>>('SELECT * FROM jobs WHERE id = $1', [jobId]))[0] ?? {};

async function expectCountersToMatchTasks(jobId: string): Promise<void> {
  const job = await readJob(jobId);
  const rows = await fixture.database.query<{ state: string; n: number }>(
    'SELECT state, count(*)::int AS n FROM tasks WHERE job_id = $1 GROUP BY state',
    [jobId],
  );
  const counted = Object.fromEntries(rows.map((row) => [row.state, row.n]));
  for (const state of taskStates) expect([state, job[state]]).toEqual([state, counted[state] ?? 0]);
}

const completed: Decide = () => ({
  to: 'completed',
  started_at: 1_000,
  finished_at: 2_000,
  result: '{"a":1}',
  exit_code: 0,
});

describe('planning in slices', () => {
  test('indices are dense and the counters follow', async () => {
    const job = await plannedJob(23);
    const rows = await fixture.database.query<{ index: number }>(
      'SELECT index FROM tasks WHERE job_id = $1 ORDER BY 1',
      [job],
    );
    expect(rows.map((row) => row.index)).toEqual(Array.from({ length: 23 }, (_, index) => index));
    await expectCountersToMatchTasks(job);
    expect(await readJob(job)).toMatchObject({
      status: 'queued',
      planned: 23,
      task_total: 23,
      planned_at: expect.any(Date),
    });
  });
});

describe('claiming', () => {
  test('concurrent claims of many workers take every task exactly once', async () => {
    const job = await plannedJob(100);
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(job, newUuid(), 13)));
    const indices = claims.flat().map((key) => key.index);
    expect(new Set(indices).size).toBe(indices.length);
    // Claims that skipped rows locked by others may come short; what is left is claimable afterwards.
    const rest = await claim(job, newUuid(), 100);
    expect([...indices, ...rest.map((key) => key.index)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    await expectCountersToMatchTasks(job);
  });

  test('one statement serves several workers with disjoint lowest indices', async () => {
    const job = await plannedJob(10);
    const [a, b] = [newUuid(), newUuid()];
    const claims = await fixture.database.transaction((tx) =>
      claimQueuedTasks(tx, [
        { jobId: job, workerId: a, count: 3 },
        { jobId: job, workerId: b, count: 4 },
      ]),
    );
    const of = (worker: string) => claims.find((c) => c.worker_id === worker)?.indices.toSorted((x, y) => x - y);
    expect([of(a), of(b)]).toEqual([
      [0, 1, 2],
      [3, 4, 5, 6],
    ]);
  });
});

describe('fencing', () => {
  test('a report of an older attempt changes nothing', async () => {
    const job = await plannedJob(1);
    const [first] = await claim(job, newUuid(), 1);
    await move(job, [first as AttemptKey], () => ({
      to: 'queued',
      losses: 1,
      ended: 'infrastructure',
      finished_at: 1,
    }));
    const [second] = await claim(job, newUuid(), 1);
    expect(second?.attempt).toBe(2);
    expect((await move(job, [first as AttemptKey], completed)).moved).toBe(0);
    expect((await readJob(job))['completed']).toBe(0);
    expect((await move(job, [second as AttemptKey], completed)).moved).toBe(1);
    expect((await readJob(job))['status']).toBe('completed');
  });

  test('two reports of the same end are one end', async () => {
    const job = await plannedJob(2);
    const keys = await claim(job, newUuid(), 1);
    const both = await Promise.all([move(job, keys, completed), move(job, keys, completed)]);
    expect(both.map((each) => each.moved).sort()).toEqual([0, 1]);
    await expectCountersToMatchTasks(job);
  });
});

describe('the end of a job', () => {
  test('is reached once, with one event, when the last task ends', async () => {
    const job = await plannedJob(20);
    const keys = await claim(job, newUuid(), 20);
    const ends = await Promise.all(keys.map((key) => move(job, [key], completed)));
    expect(ends.flatMap((end) => end.settled.finished)).toHaveLength(1);
    const outbox = await fixture.database.query<{
      body: { type: string; subject: string; data: { job_id: string } }[];
    }>(`SELECT body FROM outbox WHERE kind = 'events'`);
    const events = outbox.flatMap((row) => row.body);
    const subject = encodeId('job', job);
    expect(events.filter((event) => event.subject === subject && event.type === 'job.finished.v1')).toHaveLength(1);
    expect(events.filter((event) => event.subject === subject && event.type === 'task.finished.v1')).toHaveLength(20);
  });

  test.each([
    [['completed', 'completed'], 'completed'],
    [['completed', 'failed'], 'partial'],
    [['failed', 'failed'], 'failed'],
  ] as const)('%j makes the job %s', async (ends, status) => {
    const job = await plannedJob(2);
    const keys = await claim(job, newUuid(), 2);
    for (const [at, to] of ends.entries())
      await move(job, [keys[at] as AttemptKey], () => ({ to, finished_at: 2_000 }));
    expect((await readJob(job))['status']).toBe(status);
  });

  test('cancel ends waiting tasks at once and the job with the last running one', async () => {
    const job = await plannedJob(5);
    const keys = await claim(job, newUuid(), 2);
    await fixture.database.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [job]);
    await cancelWaiting(job);
    expect(await readJob(job)).toMatchObject({ cancelled: 3, leased: 2, finished_at: null });
    expect(await claim(job, newUuid(), 5)).toEqual([]);
    await move(job, keys, () => ({ to: 'cancelled', finished_at: 2_000 }));
    expect(await readJob(job)).toMatchObject({ cancelled: 5, status: 'cancelled' });
  });

  test('tasks of a cancelled job are born cancelled', async () => {
    const job = await plannedJob(0 + 3);
    await fixture.database.query('UPDATE jobs SET cancel_requested_at = now(), task_total = 6 WHERE id = $1', [job]);
    while (await insertTaskSlice(fixture.database, job, 10)) continue;
    await cancelWaiting(job);
    expect(await readJob(job)).toMatchObject({ cancelled: 6, status: 'cancelled' });
  });

  test('more failures than max_failures stop the rest; the platform stopped it, so it is not called cancelled', async () => {
    const job = await plannedJob(10, { max_failures: 1 });
    const keys = await claim(job, newUuid(), 3);
    await move(job, keys.slice(0, 2), () => ({ to: 'failed', finished_at: 2_000 }));
    expect(await readJob(job)).toMatchObject({ error: { code: 'max_failures_exceeded' } });
    await cancelWaiting(job);
    await move(job, keys.slice(2), completed);
    expect(await readJob(job)).toMatchObject({ status: 'partial', failed: 2, completed: 1, cancelled: 7 });
  });
});

describe('counters', () => {
  test('match the tasks after any mixture of concurrent claims, ends, retries and losses', async () => {
    const job = await plannedJob(200);
    const workers = [newUuid(), newUuid(), newUuid()];
    const ends = ['completed', 'failed', 'retrying', 'queued', 'running'] as const;
    await Promise.all(
      workers.map(async (worker, turn) => {
        for (let round = 0; round < 12; round++) {
          const keys = await claim(job, worker, 5 + turn);
          const to = ends[(round + turn) % ends.length] as (typeof ends)[number];
          await move(job, keys, () => ({ to, ...(to === 'retrying' ? { available_at: Date.now() } : {}) }));
        }
      }),
    );
    await expectCountersToMatchTasks(job);
    const facts = await factsOf(job);
    await fixture.database.transaction(async (tx) => {
      const leases = await lockLeasesOfWorkers(tx, workers);
      await applyMoves(
        tx,
        leases.map((lease): AttemptMove => ({
          ...lease,
          failures: undefined,
          from: lease.state,
          to: 'queued',
          losses: 1,
        })),
        facts,
      );
    });
    await expectCountersToMatchTasks(job);
    expect(await readJob(job)).toMatchObject({ leased: 0, running: 0 });
  });
});
