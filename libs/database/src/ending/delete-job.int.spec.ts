import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { firstUuidAt, newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { listArtifacts, listResults, listTasks, readArtifact, readJob } from '../reading/index.js';
import {
  clearDeletedJob,
  deleteExpiredJobs,
  deleteJobIfEnded,
  finishDeletedJob,
  forgetDeletedJob,
  listClearedJobs,
  listDeletedJobs,
  listOpenDependants,
} from './delete-job.store.js';

let fixture: TestDatabase;
const account = newUuid();
const sha256 = 'a'.repeat(64);
const DAY_S = 86_400;

beforeAll(async () => {
  fixture = await createTestDatabase();
  await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
});
afterAll(() => fixture.drop());
beforeEach(() =>
  fixture.database.query(
    'TRUNCATE jobs, tasks, attempts, task_outputs, artifacts, outbox, deleted_jobs, orphaned_contents CASCADE',
  ),
);

const db = () => fixture.database;
const rows = <R extends object>(sql: string, params: unknown[] = []) => db().query<R>(sql, params);
const countOf = async (table: string, jobId: string) =>
  (await rows<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE job_id = $1`, [jobId]))[0]?.n;

/** A completed job in which every task left one of everything behind; `ageDays` since it was made and since it ended. */
async function endedJob(tasks: number, { madeDays = 0, endedDays = 0 } = {}): Promise<string> {
  const now = Date.now();
  const id =
    madeDays === 0 ? newUuid() : firstUuidAt(now - madeDays * DAY_S * 1_000).replace(/0{12}$/, newUuid().slice(-12));
  await rows(
    `INSERT INTO jobs (id, account_id, type, status, task_total, planned, completed, finished_at)
     VALUES ($1, $2, 'structured_runner', 'completed', $3, $3, $3, now() - make_interval(days => $4))`,
    [id, account, tasks, endedDays],
  );
  await rows(`INSERT INTO job_submissions (job_id, submission) VALUES ($1, '{}')`, [id]);
  await rows(`INSERT INTO webhook_deliveries (id, job_id, url, body) VALUES ($1, $1, 'http://x', '{}')`, [id]);
  const each = 'SELECT $1::uuid, i FROM generate_series(0, $2 - 1) AS i';
  await rows(
    `INSERT INTO tasks (job_id, index, state, attempt, finished_at) SELECT *, 'completed', 1, now() FROM (${each}) e`,
    [id, tasks],
  );
  await rows(
    `INSERT INTO attempts (job_id, index, attempt, reason, finished_at) SELECT *, 1, 'exit', now() FROM (${each}) e`,
    [id, tasks],
  );
  await rows(
    `INSERT INTO task_outputs (job_id, index, attempt, stream, size_bytes, tail, stored) SELECT *, 1, 'stdout', 0, '', false FROM (${each}) e`,
    [id, tasks],
  );
  await rows(
    `INSERT INTO artifacts (job_id, task_index, id, account_id, attempt, filename, size_bytes, sha256, published_at)
     SELECT *, gen_random_uuid(), $3::uuid, 1, 'f', 1, $4, now() FROM (${each}) e`,
    [id, tasks, account, sha256],
  );
  return id;
}

async function dependant(on: string, finished: boolean): Promise<string> {
  const id = newUuid();
  await rows(
    `INSERT INTO jobs (id, account_id, type, status, finished_at) VALUES ($1, $2, 'structured_runner', $3::job_status, $4)`,
    [id, account, finished ? 'completed' : 'running', finished ? new Date() : null],
  );
  await rows(
    `INSERT INTO job_dependencies (job_id, depends_on, condition, state) VALUES ($1, $2, 'completed', 'met')`,
    [id, on],
  );
  return id;
}

describe('deleting a job', () => {
  test('makes it and all that is its own invisible at once, and says what is left to do', async () => {
    const id = await endedJob(3);
    const [artifact] = await rows<{ id: string }>('SELECT id FROM artifacts');
    expect(await readArtifact(db(), account, artifact!.id)).not.toBeNull();
    const deleted = await Promise.all([1, 2, 3].map(() => deleteJobIfEnded(db(), account, id)));
    expect(deleted.filter(Boolean)).toHaveLength(1);
    const page = { after: -1, limit: 10 };
    expect(await readJob(db(), account, id)).toBeNull();
    expect(await listTasks(db(), account, id, page)).toEqual([]);
    expect(await listResults(db(), account, id, { ...page, states: ['completed'] })).toEqual([]);
    expect(await listArtifacts(db(), account, {}, null, 10)).toEqual([]);
    expect(await readArtifact(db(), account, artifact!.id)).toBeNull();
    expect(await rows('SELECT FROM job_submissions')).toEqual([]);
    expect(await rows('SELECT FROM webhook_deliveries')).toEqual([]);
    expect(await rows('SELECT type, body FROM outbox')).toEqual([{ type: 'job.deleted', body: { job_id: id } }]);
    expect(await listDeletedJobs(db(), 10)).toEqual([id]);
  });

  test('is refused while it is open, while an open job depends on it, and to others', async () => {
    const id = await endedJob(1);
    await dependant(id, true);
    const open = await dependant(id, false);
    expect(await deleteJobIfEnded(db(), account, id)).toBe(false);
    expect(await listOpenDependants(db(), account, id, 5)).toEqual([open]);
    expect(await deleteJobIfEnded(db(), account, open)).toBe(false);
    await rows(`UPDATE jobs SET status = 'failed', finished_at = now() WHERE id = $1`, [open]);
    expect(await deleteJobIfEnded(db(), newUuid(), id)).toBe(false);
    expect(await deleteJobIfEnded(db(), account, id)).toBe(true);
  });

  test('clears its rows in parts that may run at the same time, and those of no other job', async () => {
    const [id, other] = [await endedJob(23), await endedJob(2)];
    await deleteJobIfEnded(db(), account, id);
    expect(await clearDeletedJob(db(), id, 5)).toBe(true);
    expect(await countOf('tasks', id)).toBe(18);
    expect(await finishDeletedJob(db(), id)).toBe(false);
    const clear = async () => {
      while (await clearDeletedJob(db(), id, 3)) continue;
    };
    await Promise.all([clear(), clear()]);
    for (const table of ['tasks', 'attempts', 'task_outputs', 'artifacts']) {
      expect([table, await countOf(table, id), await countOf(table, other)]).toEqual([table, 0, 2]);
    }
    expect(await rows('SELECT account_id, sha256 FROM orphaned_contents')).toEqual([{ account_id: account, sha256 }]);
    expect(await finishDeletedJob(db(), id)).toBe(true);
    expect(await listDeletedJobs(db(), 10)).toEqual([]);
    expect(await listClearedJobs(db(), 60, 10)).toEqual([]);
    await rows(`UPDATE deleted_jobs SET cleared_at = now() - interval '2 minutes'`);
    expect(await listClearedJobs(db(), 60, 10)).toEqual([id]);
    await forgetDeletedJob(db(), id);
    expect(await rows('SELECT FROM deleted_jobs')).toEqual([]);
  });

  test('of a job without tasks leaves nothing to clear', async () => {
    const id = await endedJob(0);
    await deleteJobIfEnded(db(), account, id);
    expect(await clearDeletedJob(db(), id, 5)).toBe(false);
    expect(await finishDeletedJob(db(), id)).toBe(true);
  });
});

describe('expiry', () => {
  const ttlSeconds = 30 * DAY_S;
  const expire = (limit = 10) =>
    deleteExpiredJobs(db(), { below: firstUuidAt(Date.now() - ttlSeconds * 1_000), ttlSeconds, limit });

  test('deletes what ended long enough ago, the oldest first and a few at a time', async () => {
    const old = await endedJob(1, { madeDays: 60, endedDays: 59 });
    const later = await endedJob(1, { madeDays: 40, endedDays: 31 });
    await endedJob(1, { madeDays: 40, endedDays: 29 });
    await endedJob(1);
    expect(await expire(1)).toEqual([old]);
    expect(await expire()).toEqual([later]);
    expect(await expire()).toEqual([]);
    expect(await rows('SELECT FROM jobs')).toHaveLength(2);
    expect(await listDeletedJobs(db(), 10)).toEqual([old, later]);
  });

  test('spares open jobs, however old, and what they depend on', async () => {
    const old = await endedJob(1, { madeDays: 60, endedDays: 59 });
    const open = await dependant(old, false);
    expect(await expire()).toEqual([]);
    await rows(`UPDATE jobs SET status = 'failed', finished_at = now() WHERE id = $1`, [open]);
    expect(await expire()).toEqual([old]);
  });
});
