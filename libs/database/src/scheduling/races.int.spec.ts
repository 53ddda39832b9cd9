import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import type { Queryable } from '../database.js';
import { beginPlanningIfNew, insertTaskSlice, lockPlanningIfFree } from '../planning/index.js';
import {
  claimQueuedTasks,
  lockJobsWithMaxParallel,
  lockRunningRoom,
  lockWorkersToRescue,
  markWorkersLost,
  registerWorker,
} from './index.js';

/** What two processes do to the same rows at the same time. */
let fixture: TestDatabase;
let account: string;

beforeAll(async () => {
  fixture = await createTestDatabase();
  account = newUuid();
  await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
});
afterAll(() => fixture.drop());

async function jobOf(tasks: number, maxParallel: number | null = null): Promise<string> {
  const id = newUuid();
  await fixture.database.query(
    `INSERT INTO jobs (id, account_id, type, max_parallel) VALUES ($1, $2, 'structured_runner', $3)`,
    [id, account, maxParallel],
  );
  await beginPlanningIfNew(fixture.database, id, tasks, {});
  return id;
}

async function plannedJob(tasks: number, maxParallel: number | null = null): Promise<string> {
  const id = await jobOf(tasks, maxParallel);
  await insertTaskSlice(fixture.database, id, tasks);
  return id;
}

const claim = (tx: Queryable, jobs: readonly string[], count: number, workerId = newUuid()) =>
  claimQueuedTasks(
    tx,
    jobs.map((jobId) => ({ jobId, workerId, count })),
  );
const countOf = (claims: readonly { indices: readonly number[] }[]) =>
  claims.reduce((sum, { indices }) => sum + indices.length, 0);

async function countersOf(job: string) {
  const [row] = await fixture.database.query<{ planned: number; queued: number; leased: number }>(
    'SELECT planned, queued, leased FROM jobs WHERE id = $1',
    [job],
  );
  return row!;
}

/** Another transaction that holds what `hold` locked while `meanwhile` begins, and then does `after`. */
async function beside<T>(
  hold: (tx: Queryable) => Promise<unknown>,
  meanwhile: () => Promise<T>,
  after: (tx: Queryable) => Promise<unknown> = async () => undefined,
): Promise<T> {
  let begun: Promise<T> | undefined;
  await fixture.database.transaction(async (tx) => {
    await hold(tx);
    begun = meanwhile();
    begun.catch(() => undefined);
    await someoneWaits(tx);
    await after(tx);
  });
  return begun as Promise<T>;
}

/** Until a transaction of this database waits for a lock. */
async function someoneWaits(tx: Queryable): Promise<void> {
  const waiting = `SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()`;
  while ((await tx.query(waiting)).length === 0) await new Promise((resolve) => setImmediate(resolve));
}

const lockRow = (id: string) => (tx: Queryable) => tx.query('SELECT FROM jobs WHERE id = $1 FOR NO KEY UPDATE', [id]);

describe('planning', () => {
  test('waits for whoever moves the job’s counters and counts on from theirs', async () => {
    const job = await plannedJob(20);
    await fixture.database.query('UPDATE jobs SET task_total = 100 WHERE id = $1', [job]);
    const slice = await beside(
      (tx) => claim(tx, [job], 5),
      () => insertTaskSlice(fixture.database, job, 60),
    );
    expect(slice).toMatchObject({ planned: 80, inserted: 60 });
    expect(await countersOf(job)).toEqual({ planned: 80, queued: 75, leased: 5 });
  });

  test('tasks are claimed while the rest is being inserted', async () => {
    const job = await plannedJob(20);
    await fixture.database.query('UPDATE jobs SET task_total = 100 WHERE id = $1', [job]);
    const inTheWay = (tx: Queryable) => tx.query('INSERT INTO tasks (job_id, index) VALUES ($1, 99)', [job]);
    await beside(
      inTheWay,
      () => insertTaskSlice(fixture.database, job, 80),
      async (tx) => {
        expect(countOf(await fixture.database.transaction((other) => claim(other, [job], 5)))).toBe(5);
        await tx.query('DELETE FROM tasks WHERE job_id = $1 AND index = 99', [job]);
      },
    );
    expect(await countersOf(job)).toEqual({ planned: 100, queued: 95, leased: 5 });
  });

  test('rows that another planner inserted meanwhile are not inserted or counted again', async () => {
    const job = await jobOf(100);
    const late = beside(
      (tx) => insertTaskSlice(tx, job, 60),
      () => insertTaskSlice(fixture.database, job, 100),
    );
    await expect(late).rejects.toThrow(/duplicate key/);
    expect(await countersOf(job)).toEqual({ planned: 60, queued: 60, leased: 0 });
  });

  test('of two planners at once, each slice is inserted once', async () => {
    const job = await jobOf(100);
    const planner = async () => {
      while ((await countersOf(job)).planned < 100)
        await fixture.database.transaction(async (tx) => {
          if (await lockPlanningIfFree(tx, job)) await insertTaskSlice(tx, job, 7);
        });
    };
    await Promise.all([planner(), planner(), planner()]);
    const rows = await fixture.database.query<{ index: number }>(
      'SELECT index FROM tasks WHERE job_id = $1 ORDER BY 1',
      [job],
    );
    expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });
});

describe('max_parallel', () => {
  test('holds with two schedulers: one places the job, and the other one’s old count does not matter', async () => {
    const job = await plannedJob(10, 3);
    await fixture.database.transaction(async (first) => {
      expect(await lockJobsWithMaxParallel(first, [job])).toEqual([job]);
      expect(countOf(await claim(first, [job], 2))).toBe(2);
      await fixture.database.transaction(async (second) => {
        expect(await lockJobsWithMaxParallel(second, [job])).toEqual([]);
      });
    });
    const late = await fixture.database.transaction(async (second) => {
      expect(await lockJobsWithMaxParallel(second, [job])).toEqual([job]);
      return claim(second, [job], 3);
    });
    expect(countOf(late)).toBe(1);
  });
});

describe('a quota of running tasks', () => {
  test('holds with two schedulers and over all jobs of the account: one places for it, and the next one sees what it claimed', async () => {
    const jobs = [await plannedJob(5), await plannedJob(5)];
    const db = fixture.database;
    const [{ held }] = (await db.query<{ held: number }>(
      'SELECT sum(leased + running)::int AS held FROM jobs WHERE account_id = $1',
      [account],
    )) as [{ held: number }];
    await db.query('UPDATE accounts SET max_running_tasks = $2 WHERE id = $1', [account, held + 3]);
    await db.transaction(async (first) => {
      expect(await lockRunningRoom(first, [account])).toEqual(new Map([[account, 3]]));
      await claim(first, jobs, 1);
      await db.transaction(async (second) => {
        expect(await lockRunningRoom(second, [account])).toEqual(new Map());
      });
    });
    const room = () => db.transaction((tx) => lockRunningRoom(tx, [account]));
    expect(await room()).toEqual(new Map([[account, 1]]));
    await db.query('UPDATE accounts SET max_running_tasks = 0 WHERE id = $1', [account]);
    expect(await room()).toEqual(new Map([[account, 0]]));
  });
});

describe('one order of locks', () => {
  test('a claim locks its jobs in order of id', async () => {
    const jobs = await Promise.all(Array.from({ length: 30 }, () => plannedJob(1)));
    jobs.sort();
    const [lowest = '', ...others] = jobs;
    await beside(
      lockRow(lowest),
      () => fixture.database.transaction((tx) => claim(tx, jobs.toReversed(), 1)),
      (tx) => tx.query('SELECT FROM jobs WHERE id = ANY ($1) FOR NO KEY UPDATE NOWAIT', [others]),
    );
  });
});

describe('lost workers', () => {
  const presence = (worker_id: string) => ({
    worker_id,
    incarnation: newUuid(),
    name: 'w',
    offers: {},
    draining: false,
  });

  test('are told apart: those found silent now, and those that got a lease while they were being given up', async () => {
    const db = fixture.database;
    const [silent, leased, empty, fine] = [newUuid(), newUuid(), newUuid(), newUuid()];
    for (const id of [silent, leased, empty, fine]) await registerWorker(db, presence(id));
    await db.query(`UPDATE workers SET last_seen_at = now() - interval '1 hour' WHERE id <> $1`, [fine]);
    await markWorkersLost(db, [leased, empty]);
    const job = await plannedJob(1);
    await db.transaction((tx) => claim(tx, [job], 1, leased));
    const found = await db.transaction((tx) => lockWorkersToRescue(tx, 10));
    expect(found.map(({ id, was_lost }) => [id, was_lost]).sort()).toEqual(
      [
        [silent, false],
        [leased, true],
      ].sort(),
    );
  });
});
