import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  clearDeletedJob,
  deleteJobIfEnded,
  insertTaskSlice,
  type Database,
  type PlannedSlice,
} from '@computalot/database';
import { encodeId, newUuid } from '@computalot/kernel';
import { objectKeys, type ObjectStore } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { Readable } from 'node:stream';
import { plannerParts, type PlannerParts } from '../testing/planner-parts.js';
import { acceptedJob, newAccount, runTasks, tasksOf } from '../testing/reusing-jobs.js';
import { applyReuse } from './apply-reuse.js';
import type { Reuse, ReusingJob } from './reusing-job.js';

let fixture: TestDatabase;
let db: Database;
let account: string;
let stored: Map<string, string>;
let objects: ObjectStore;
let parts: PlannerParts;

beforeAll(async () => {
  fixture = await createTestDatabase();
  db = fixture.database;
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  await db.query('TRUNCATE accounts, jobs, tasks, artifacts, task_fingerprints, orphaned_contents, outbox CASCADE');
  account = await newAccount(db);
  stored = new Map();
  objects = {
    get: async (key: string) => (stored.has(key) ? Readable.from([Buffer.from(stored.get(key) ?? '')]) : null),
    put: async (key: string, body: Readable | Buffer) => {
      stored.set(key, Buffer.isBuffer(body) ? body.toString() : Buffer.concat(await body.toArray()).toString());
      return { size_bytes: 0, etag: '' };
    },
  } as unknown as ObjectStore;
  parts = plannerParts(db, objects);
});

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
const over = (items: readonly object[]) => ({ payload: {}, fan_out: { items: [...items] } });
const items = (n: number) => over(numbers(0, n).map((k) => ({ k })));
const done = (index: number) => ({ to: 'completed' as const, result: `{"k": ${index}}` });

async function planned(submission: Parameters<typeof acceptedJob>[2], of = account): Promise<string> {
  const id = await acceptedJob(db, of, submission);
  await parts.planner.plan([id]);
  return id;
}

async function ran(submission: Parameters<typeof acceptedJob>[2], of = account): Promise<string> {
  const id = await planned(submission, of);
  await runTasks(db, id, done);
  return id;
}

async function rowOf(id: string): Promise<Record<string, unknown>> {
  return (await db.query<Record<string, unknown>>('SELECT * FROM jobs WHERE id = $1', [id]))[0] ?? {};
}

const eventsOf = async (id: string): Promise<string[]> => {
  const rows = await db.query<{ type: string }>(
    `SELECT e ->> 'type' AS type FROM outbox o, json_array_elements(o.body) WITH ORDINALITY AS each (e, place)
     WHERE o.kind = 'events' AND e ->> 'subject' = $1 ORDER BY o.id, place`,
    [encodeId('job', id)],
  );
  return rows.map(({ type }) => type);
};

describe('a job like one that has completed', () => {
  test('ends while it is planned, with the results of the other, each counted and told once', async () => {
    const first = await ran(items(5));
    parts.live.length = 0;
    const second = await planned(items(5));
    expect(await rowOf(second)).toMatchObject({ status: 'completed', completed: 5, cached: 5, queued: 0, planned: 5 });
    expect((await tasksOf(db, second)).map(({ outcome: _, ...task }) => task)).toEqual(
      (await tasksOf(db, first)).map(({ outcome: _, ...task }) => task),
    );
    expect((await tasksOf(db, second))[3]?.outcome).toEqual({ cached_from: `${encodeId('job', first)}.3` });
    expect(await rowOf(first)).toMatchObject({ completed: 5, cached: 0 });
    const told = await eventsOf(second);
    expect(told).toEqual(['job.planned.v1', ...Array<string>(5).fill('task.finished.v1'), 'job.finished.v1']);
    expect(parts.live.map(({ entry }) => entry)).toMatchObject([
      { kind: 'tasks' },
      { kind: 'job', status: 'completed', terminal: true },
    ]);
  });

  test('what it took can be taken from it in turn, and tells of the program that ran', async () => {
    const first = await ran(items(2));
    const second = await planned(items(2));
    await db.query('DELETE FROM jobs WHERE id = $1', [first]);
    const third = await planned(items(2));
    expect(await rowOf(third)).toMatchObject({ status: 'completed', cached: 2 });
    expect((await tasksOf(db, third))[1]?.outcome).toEqual({ cached_from: `${encodeId('job', first)}.1` });
    expect(second).not.toBe(third);
  });

  test('runs what has changed and nothing else', async () => {
    await ran(items(6));
    const changed = numbers(0, 6).map((k) => (k === 2 || k === 4 ? { k: k * 10 } : { k }));
    const job = await planned(over(changed));
    expect(await rowOf(job)).toMatchObject({ status: 'queued', completed: 4, cached: 4, queued: 2 });
    expect(await runTasks(db, job, done)).toEqual([2, 4]);
    expect(await rowOf(job)).toMatchObject({ status: 'completed', completed: 6, cached: 4 });
  });

  test('takes them for items from a file too, however it lies in parts', async () => {
    const first = await ran(items(5));
    const [id, sha256] = [newUuid(), 'f'.repeat(64)];
    await db.query(
      `INSERT INTO artifacts (id, account_id, filename, size_bytes, sha256, published_at) VALUES ($1, $2, 'f', 1, $3, now())`,
      [id, account, sha256],
    );
    // The last item is another one, and so long that it has a part of its own.
    const lines = [...numbers(0, 4).map((k) => ({ k })), { k: 4, blob: 'x'.repeat(600_000) }];
    const text = lines.map((line) => `${JSON.stringify(line)}${' '.repeat(300_000)}`).join('\n');
    stored.set(objectKeys.artifact(account, sha256), text);
    const job = await acceptedJob(db, account, { fan_out: { items_artifact: encodeId('art', id) } });
    await db.query('UPDATE job_submissions SET item_total = 5 WHERE job_id = $1', [job]);
    await parts.planner.plan([job]);
    expect([...stored.keys()].filter((key) => key.startsWith(`jobs/${job}/spec/`)).length).toBeGreaterThan(1);
    expect((await tasksOf(db, job)).map(({ outcome }) => outcome)).toEqual([
      ...numbers(0, 4).map((index) => ({ cached_from: `${encodeId('job', first)}.${index}` })),
      null,
    ]);
    expect(await rowOf(job)).toMatchObject({ status: 'queued', cached: 4, queued: 1 });
  });

  test.each<[string, Parameters<typeof acceptedJob>[2]]>([
    ['command', { runner_command: ['other'] }],
    ['environment', { env: { MODE: 'fast' } }],
    ['payload', { payload: { k: 2 } }],
  ])('with another %s it runs', async (_what, change) => {
    await ran({ payload: { k: 1 } });
    expect(await rowOf(await planned({ payload: { k: 1 }, ...change }))).toMatchObject({ queued: 1, cached: 0 });
    expect(await rowOf(await planned({ payload: { k: 1 }, timeout_s: 5, priority: 3 }))).toMatchObject({ cached: 1 });
  });

  test('a secret that was set anew makes other tasks', async () => {
    const submission = { payload: {}, secrets: ['TOKEN'] };
    const seal = (text: string) =>
      db.query(
        `INSERT INTO secrets (account_id, name, sealed) VALUES ($1, 'TOKEN', $2)
         ON CONFLICT (account_id, name) DO UPDATE SET sealed = EXCLUDED.sealed`,
        [account, Buffer.from(text)],
      );
    await seal('one');
    await ran(submission);
    expect(await rowOf(await planned(submission))).toMatchObject({ cached: 1 });
    await seal('two');
    expect(await rowOf(await planned(submission))).toMatchObject({ cached: 0, queued: 1 });
  });

  test('without cache it neither takes nor gives', async () => {
    await ran({ ...items(2), cache: false });
    expect(await rowOf(await planned(items(2)))).toMatchObject({ cached: 0, queued: 2 });
    await ran(items(2));
    expect(await rowOf(await planned({ ...items(2), cache: false }))).toMatchObject({ cached: 0, queued: 2 });
  });

  test('nothing of another account is ever taken', async () => {
    await ran(items(3), await newAccount(db));
    const job = await planned(items(3));
    expect(await rowOf(job)).toMatchObject({ cached: 0, queued: 3 });
    // Even where the other's task is named: the statement itself asks for the account.
    const foreign = await ran(items(3), await newAccount(db));
    const found = { job_id: foreign, index: 0, attempt: 1, outcome: null, artifacts: [] };
    const forged = { first: 0, prints: ['00'.repeat(32)], reused: [{ index: 0, from: found, outcome: {} }] };
    await db.query('DELETE FROM task_fingerprints WHERE job_id = $1', [job]);
    const slice = { id: job, planned: 3, task_total: 3, inserted: 3, born_cancelled: false };
    expect((await db.transaction((tx) => applyReuse(tx, slice, forged))).completed).toEqual([]);
  });

  test('what failed runs again; once it has completed, it is taken', async () => {
    const failed = await planned({ payload: {} });
    await runTasks(db, failed, () => ({ to: 'failed' }));
    const again = await planned({ payload: {} });
    expect(await rowOf(again)).toMatchObject({ cached: 0, queued: 1 });
    await runTasks(db, again, done);
    expect(await rowOf(await planned({ payload: {} }))).toMatchObject({ cached: 1 });
  });

  test('that is cancelled before it is planned ends cancelled', async () => {
    await ran(items(3));
    const job = await acceptedJob(db, account, items(3));
    await db.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [job]);
    await parts.planner.plan([job]);
    expect(await rowOf(job)).toMatchObject({ status: 'cancelled', cancelled: 3, cached: 0 });
  });

  test('large ones are taken slice by slice, whoever plans', async () => {
    const large = { payload: {}, fan_out: { chunks: 5_000, range_field: 'n', total: 9_000 } };
    await ran(large);
    const job = await acceptedJob(db, account, large);
    await Promise.all([parts.planner.plan([job]), parts.planner.plan([job])]);
    await parts.planner.plan([job]);
    expect(await rowOf(job)).toMatchObject({ status: 'completed', completed: 5_000, cached: 5_000, planned: 5_000 });
  });

  test('a very large one lets others have their turn, and asks for its next', async () => {
    const job = await acceptedJob(db, account, {
      payload: {},
      fan_out: { chunks: 11_000, range_field: 'n', total: 11_000 },
    });
    expect(await parts.planner.plan([job])).toBe(10_000);
    expect(parts.sent).toContain('planning.wanted');
    parts.sent.length = 0;
    expect(await parts.planner.plan([job])).toBe(1_000);
    expect(parts.sent).not.toContain('planning.wanted');
    expect(await rowOf(job)).toMatchObject({ planned: 11_000, queued: 11_000, status: 'queued' });
  });

  test('aggregates like any other', async () => {
    const sweep = {
      type: 'sweep' as const,
      sweep: { parameters: { a: [1, 2, 3] }, objective: { metric: 'k', goal: 'minimize' } },
    };
    const aggregate = async (id: string) => {
      await parts.closer.closeAll([id]);
      const rows = await db.query('SELECT result, folded FROM job_aggregates WHERE job_id = $1', [id]);
      return rows[0];
    };
    const first = await aggregate(await ran(sweep));
    const second = await planned(sweep);
    expect(await rowOf(second)).toMatchObject({ completed: 3, cached: 3, finished_at: null });
    expect(await aggregate(second)).toEqual(first);
    expect(await rowOf(second)).toMatchObject({ status: 'completed' });
    expect(first).toMatchObject({ folded: 3 });
  });
});

describe('what lies elsewhere', () => {
  const large = () => ({ to: 'completed' as const, outcome: { result_stored_bytes: 9, quality: 0.5 } });

  async function ranWithStored(): Promise<string> {
    const id = await planned(items(2));
    await runTasks(db, id, large);
    for (const index of [0, 1]) stored.set(objectKeys.result(id, index, 1), `"large ${index}"`);
    return id;
  }

  test('stored results are copied: the job keeps them when the other goes', async () => {
    const first = await ranWithStored();
    const second = await planned(items(2));
    for (const index of [0, 1]) expect(stored.get(objectKeys.result(second, index, 1))).toBe(`"large ${index}"`);
    expect((await tasksOf(db, second))[0]?.outcome).toEqual({
      result_stored_bytes: 9,
      quality: 0.5,
      cached_from: `${encodeId('job', first)}.0`,
    });
  });

  test('a task whose stored result is gone runs', async () => {
    const first = await ranWithStored();
    stored.delete(objectKeys.result(first, 1, 1));
    const second = await planned(items(2));
    expect((await tasksOf(db, second)).map(({ state }) => state)).toEqual(['completed', 'queued']);
  });

  async function ranWithArtifact(): Promise<string> {
    const id = await ran({ payload: {} });
    await db.query(
      `INSERT INTO artifacts (id, account_id, job_id, task_index, attempt, filename, size_bytes, sha256, published_at)
       VALUES ($1, $2, $3, 0, 1, 'model', 7, $4, now())`,
      [newUuid(), account, id, 'a'.repeat(64)],
    );
    return id;
  }
  const artifacts = (id: string) =>
    db.query('SELECT filename, size_bytes, sha256, attempt, task_index FROM artifacts WHERE job_id = $1', [id]);

  test('artifacts are taken over, and stay when the other job is deleted', async () => {
    const first = await ranWithArtifact();
    const second = await planned({ payload: {} });
    expect(await artifacts(second)).toEqual(await artifacts(first));
    expect(await eventsOf(second)).toContain('artifact.created.v1');
    await deleteJobIfEnded(db, account, first);
    await clearDeletedJob(db, first, 10);
    expect(await artifacts(second)).toHaveLength(1);
  });

  test.each(['deleted', 'cleared away'])('nothing is taken of a job that is %s', async (how) => {
    const first = await ranWithArtifact();
    const next = await acceptedJob(db, account, { payload: {} });
    await deleteJobIfEnded(db, account, first);
    if (how === 'cleared away') await clearDeletedJob(db, first, 10);
    await parts.planner.plan([next]);
    expect(await rowOf(next)).toMatchObject({ cached: 0, queued: 1 });
    if (how === 'cleared away')
      expect(await db.query('SELECT FROM task_fingerprints WHERE job_id = $1', [first])).toEqual([]);
  });

  describe('that goes between the look and the taking', () => {
    async function looked(): Promise<{ first: string; next: string; take: () => Promise<readonly unknown[]> }> {
      const first = await ranWithArtifact();
      const next = await acceptedJob(db, account, { payload: {} });
      // Begun, none of its tasks inserted: as after a crash.
      const context = JSON.stringify({ command: ['run'], env: {} });
      await db.query('UPDATE jobs SET task_total = 1, run_context = $2 WHERE id = $1', [next, context]);
      const found = (await ((await parts.reuse.of(next)) as ReusingJob).next()) as Reuse;
      expect(found.reused).toHaveLength(1);
      const take = () =>
        db.transaction(async (tx) => {
          const slice = (await insertTaskSlice(tx, next, 1)) as PlannedSlice;
          return (await applyReuse(tx, slice, found)).completed;
        });
      return { first, next, take };
    }

    test('is a job: the task runs', async () => {
      const { first, next, take } = await looked();
      await deleteJobIfEnded(db, account, first);
      expect(await take()).toEqual([]);
      expect(await rowOf(next)).toMatchObject({ cached: 0, queued: 1, completed: 0 });
      expect((await tasksOf(db, next))[0]).toMatchObject({ state: 'queued', result: null });
    });

    test('is an artifact: nothing is done, and the next look finds it gone', async () => {
      const { first, next, take } = await looked();
      await db.query('DELETE FROM artifacts WHERE job_id = $1', [first]);
      await expect(take()).rejects.toThrow('deleted meanwhile');
      expect(await rowOf(next)).toMatchObject({ cached: 0, planned: 0 });
      await parts.planner.plan([next]);
      expect(await rowOf(next)).toMatchObject({ status: 'completed', cached: 1 });
    });
  });
});
