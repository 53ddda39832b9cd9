import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { beginPlanningIfNew, insertTaskSlice } from '../planning/index.js';
import {
  applyMoves,
  claimQueuedTasks,
  lockCurrentAttempts,
  lockLeasesOfWorkers,
  readJobFacts,
  type AttemptKey,
  type AttemptMove,
  type CurrentAttempt,
} from '../scheduling/index.js';

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(() => fixture.drop());

async function plannedJob(tasks: number, aggregates: boolean): Promise<string> {
  const db = fixture.database;
  const [id, account] = [newUuid(), newUuid()];
  await db.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
  await db.query(`INSERT INTO jobs (id, account_id, type) VALUES ($1, $2, 'sweep')`, [id, account]);
  await db.query(`INSERT INTO job_submissions (job_id, submission) VALUES ($1, '{}')`, [id]);
  await beginPlanningIfNew(db, id, tasks, {}, { aggregates, closedByPlanner: aggregates, tasksAhead: 0 });
  await insertTaskSlice(db, id, tasks);
  return id;
}

async function claim(jobIds: readonly string[], workerId: string, count: number): Promise<AttemptKey[]> {
  const wanted = jobIds.map((jobId) => ({ jobId, workerId, count }));
  const claims = await fixture.database.transaction((tx) => claimQueuedTasks(tx, wanted));
  return claims.flatMap(({ job_id, indices, attempts }) =>
    indices.map((index, at) => ({ job_id, index, attempt: attempts[at] ?? 0 })),
  );
}

type To = AttemptMove['to'];

function moveOf({ failures: _, losses: __, ...attempt }: CurrentAttempt, to: To): AttemptMove {
  return { ...attempt, from: attempt.state, to, ...(to === 'retrying' ? { available_at: Date.now() + 1e9 } : {}) };
}

async function move(jobIds: readonly string[], keys: readonly AttemptKey[], to: (index: number) => To): Promise<void> {
  const facts = new Map((await readJobFacts(fixture.database, jobIds)).map((job) => [job.id, job]));
  await fixture.database.transaction(async (tx) => {
    const current = await lockCurrentAttempts(tx, keys);
    await applyMoves(
      tx,
      current.map((attempt) => moveOf(attempt, to(attempt.index))),
      facts,
    );
  });
}

const indicesOf = async (sql: string, jobId: string) =>
  (await fixture.database.query<{ index: number }>(sql, [jobId])).map(({ index }) => index);
const noted = (jobId: string) =>
  indicesOf('SELECT unnest(indices) AS index FROM ended_tasks WHERE job_id = $1 ORDER BY 1', jobId);
const ended = (jobId: string) =>
  indicesOf(`SELECT index FROM tasks WHERE job_id = $1 AND state IN ('completed', 'failed') ORDER BY 1`, jobId);

test('tasks that completed or failed are noted once, after any mixture of ends, retries, losses and repeated reports', async () => {
  const jobs = [await plannedJob(150, true), await plannedJob(150, true), await plannedJob(150, false)];
  const [first = '', second = '', plain = ''] = jobs;
  const ends: To[] = ['completed', 'failed', 'retrying', 'queued', 'running', 'cancelled'];
  await Promise.all(
    [newUuid(), newUuid(), newUuid()].map(async (worker, turn) => {
      for (let round = 0; round < 8; round++) {
        const keys = await claim(jobs, worker, 5 + turn);
        const to = (index: number) => ends[(index + round + turn) % ends.length] ?? 'completed';
        await Promise.all([move(jobs, keys, to), move(jobs, keys.toReversed(), to)]);
      }
      await fixture.database.transaction(async (tx) => {
        const leases = await lockLeasesOfWorkers(tx, [worker]);
        const facts = new Map((await readJobFacts(tx, jobs)).map((job) => [job.id, job]));
        await applyMoves(
          tx,
          leases.map((lease) => moveOf(lease, 'failed')),
          facts,
        );
      });
    }),
  );
  for (const job of [first, second]) {
    expect((await ended(job)).length).toBeGreaterThan(20);
    expect(await noted(job)).toEqual(await ended(job));
  }
  expect(await noted(plain)).toEqual([]);
});

test('a batch is one row per job; a large one is cut', async () => {
  const [small, large] = [await plannedJob(3, true), await plannedJob(2_300, true)];
  const keys = await claim([small, large], newUuid(), 2_300);
  await move([small, large], keys, () => 'completed');
  const sizes = await fixture.database.query<{ job_id: string; n: number }>(
    'SELECT job_id, cardinality(indices) AS n FROM ended_tasks WHERE job_id = ANY ($1) ORDER BY n',
    [[small, large]],
  );
  expect(sizes.map(({ job_id, n }) => [job_id, n])).toEqual([
    [small, 3],
    [large, 300],
    [large, 1_000],
    [large, 1_000],
  ]);
});
