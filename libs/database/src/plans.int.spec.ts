import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import { createHash } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import type { Queryable } from './database.js';
import { beginPlanningIfNew, insertTaskSlice } from './planning/index.js';
import { completeFromIdenticalTasks, listIdenticalTasks } from './reusing/index.js';
import {
  readJobsAhead,
  listJobs,
  listResults,
  listRunningTasks,
  listTasks,
  readJobWithSubmission,
  readLatestAttempts,
  readOutputTails,
  readTaskArtifacts,
} from './reading/index.js';
import { readCompletedResults, readFirstUnfinished } from './reducing/index.js';
import {
  claimQueuedTasks,
  lockCurrentAttempts,
  lockLeasesOfWorkers,
  readClaimableGroups,
  readWorkerHoldings,
  readWorkersOfJob,
} from './scheduling/index.js';

// What a statement costs may not depend on how many tasks a job has, how many jobs there are, or when a table was last analysed.

const TASKS = 10_000;
const OTHER_JOBS = 1_000;
const HELD = 40;

let fixture: TestDatabase;
let account: string;
let job: string;
const worker = newUuid();
/** A job whose tasks all completed. */
const ended = newUuid();
const printOf = (index: number) => createHash('sha256').update(String(index)).digest('hex');

beforeAll(async () => {
  // One connection: the plans made on empty tables are those that meet the full ones.
  fixture = await createTestDatabase({ maxConnections: 1 });
  account = newUuid();
  job = newUuid();
  const db = fixture.database;
  for (const table of [
    'tasks',
    'jobs',
    'job_submissions',
    'task_outputs',
    'attempts',
    'artifacts',
    'task_fingerprints',
  ])
    await db.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  for (const { run } of statements()) for (let turn = 0; turn < 6; turn += 1) await db.transaction(run);
  await fill(db);
});
afterAll(() => fixture.drop());

async function fill(db: Queryable): Promise<void> {
  await db.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
  await db.query(
    `INSERT INTO jobs (id, account_id, type, status, finished_at)
     SELECT gen_random_uuid(), $1, 'structured_runner', 'cancelled', now() FROM generate_series(1, $2)`,
    [account, OTHER_JOBS],
  );
  await db.query(`INSERT INTO jobs (id, account_id, type) VALUES ($1, $2, 'structured_runner')`, [job, account]);
  await db.query(`INSERT INTO job_submissions (job_id, submission) SELECT id, '{}' FROM jobs`);
  await beginPlanningIfNew(db, job, TASKS, {});
  while (await insertTaskSlice(db, job, TASKS / 4)) continue;
  await claimQueuedTasks(db, [{ jobId: job, workerId: worker, count: HELD }]);
  await db.query(
    `INSERT INTO attempts (job_id, index, attempt, reason, finished_at) SELECT $1, i, 1, 'exit', now() FROM generate_series(0, $2) i`,
    [job, TASKS],
  );
  await db.query(
    `INSERT INTO task_outputs (job_id, index, attempt, stream, size_bytes, tail, stored)
     SELECT $1, i, 1, 'stdout', 1, 'x', false FROM generate_series(0, $2) i`,
    [job, TASKS],
  );
  await db.query(
    `INSERT INTO jobs (id, account_id, type, status, finished_at) VALUES ($1, $2, 'sweep', 'completed', now())`,
    [ended, account],
  );
  await db.query(
    `INSERT INTO tasks (job_id, index, state, attempt, finished_at) SELECT $1, i, 'completed', 1, now() FROM generate_series(0, $2) i`,
    [ended, TASKS],
  );
  await db.query(
    `INSERT INTO task_fingerprints (job_id, index, account_id, fingerprint)
     SELECT $1, i, $2, sha256(i::text::bytea) FROM generate_series(0, $3) i`,
    [ended, account, TASKS],
  );
  // Of tasks that have not completed: as many as there may be.
  await db.query(
    `INSERT INTO task_fingerprints (job_id, index, account_id, fingerprint)
     SELECT $1, i, $2, decode(repeat(CASE WHEN i < 1000 THEN '00' ELSE 'ff' END, 32), 'hex') FROM generate_series(0, $3) i`,
    [job, account, TASKS],
  );
  await db.query(
    `INSERT INTO artifacts (id, account_id, job_id, task_index, attempt, filename, size_bytes, sha256, published_at)
     SELECT gen_random_uuid(), $1, $2, i, 1, 'model', 1, repeat('0', 64), now() FROM generate_series(0, $3) i`,
    [account, job, TASKS],
  );
}

interface Statement {
  readonly name: string;
  readonly run: (tx: Queryable) => Promise<unknown>;
  /** Most rows of tables that it may read. */
  readonly rows: number;
}

const deep = { after: TASKS / 2, limit: 100 };
const page = Array.from({ length: 100 }, (_, at) => deep.after + at);

const statements = (): Statement[] => [
  { name: 'claim', run: (tx) => claimQueuedTasks(tx, [{ jobId: job, workerId: worker, count: 10 }]), rows: 50 },
  {
    name: 'lock the attempts of reports',
    run: (tx) =>
      lockCurrentAttempts(
        tx,
        page.map((index) => ({ job_id: job, index, attempt: 1 })),
      ),
    rows: 100,
  },
  { name: 'groups that can be claimed', run: (tx) => readClaimableGroups(tx, 256), rows: 5 },
  { name: 'what a worker holds', run: (tx) => readWorkerHoldings(tx, [worker]), rows: 5 * HELD },
  { name: 'leases of a worker', run: (tx) => lockLeasesOfWorkers(tx, [worker]), rows: 5 * HELD },
  { name: 'workers of a job', run: (tx) => readWorkersOfJob(tx, job), rows: 3 * HELD },
  { name: 'a job', run: (tx) => readJobWithSubmission(tx, account, job), rows: 2 },
  { name: 'jobs ahead of a job', run: (tx) => readJobsAhead(tx, job), rows: 5 },
  { name: 'a page of jobs', run: (tx) => listJobs(tx, account, {}, null, 50), rows: 150 },
  { name: 'a deep page of tasks', run: (tx) => listTasks(tx, account, job, deep), rows: 102 },
  ...(['queued', 'leased', 'completed', 'failed'] as const).map((state) => ({
    name: `tasks that are ${state}`,
    run: (tx: Queryable) => listTasks(tx, account, job, { after: -1, limit: 100, states: [state] }),
    rows: 102,
  })),
  {
    name: 'results that completed or failed',
    run: (tx) => listResults(tx, account, job, { ...deep, states: ['completed', 'failed'] }),
    rows: 2,
  },
  { name: 'a deep page of results', run: (tx) => listResults(tx, account, job, deep), rows: 102 },
  { name: 'running tasks', run: (tx) => listRunningTasks(tx, account, job, 200), rows: 2 },
  { name: 'latest attempts', run: (tx) => readLatestAttempts(tx, account, job, page), rows: 102 },
  {
    name: 'output tails',
    run: (tx) =>
      readOutputTails(
        tx,
        account,
        job,
        page.map((index) => ({ index, attempt: 1 })),
        10,
      ),
    rows: 102,
  },
  {
    name: 'results that are reduced',
    run: (tx) => readCompletedResults(tx, job, { from: 0, until: TASKS }, { rows: 100, bytes: 1_000 }),
    rows: 2,
  },
  { name: 'the first task that did not complete', run: (tx) => readFirstUnfinished(tx, job, 0), rows: 2 },
  {
    name: 'identical tasks that completed',
    run: (tx) => listIdenticalTasks(tx, account, page.map(printOf)),
    rows: 310,
  },
  {
    name: 'completing tasks from identical ones',
    // Those that a worker holds: nothing is changed.
    run: (tx) =>
      completeFromIdenticalTasks(
        tx,
        job,
        page.slice(0, 20).map((from, index) => ({
          index,
          from: { job_id: ended, index: from, attempt: 1, outcome: null, artifacts: [] },
          outcome: {},
        })),
      ),
    rows: 65,
  },
  {
    name: 'identical tasks of which none completed',
    run: (tx) => listIdenticalTasks(tx, account, ['00'.repeat(32), 'ff'.repeat(32), 'aa'.repeat(32)]),
    rows: 400,
  },
  {
    name: 'artifacts of tasks',
    run: (tx) => readTaskArtifacts(tx, account, job, deep.after, deep.after + 100),
    rows: 102,
  },
];

const COUNTED = `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS read FROM pg_stat_xact_user_tables`;

async function rowsRead(run: Statement['run']): Promise<number> {
  const read = async (tx: Queryable) => (await tx.query<{ read: number }>(COUNTED))[0]?.read ?? 0;
  return fixture.database.transaction(async (tx) => {
    const before = await read(tx);
    await run(tx);
    return (await read(tx)) - before;
  });
}

const names = statements().map(({ name, rows }) => [name, rows] as const);

describe.each([
  ['planned while the tables were empty', null],
  ['planned when they are full, never analysed', 'DISCARD PLANS'],
  ['analysed', 'ANALYZE'],
])('statements %s', (_when, first) => {
  beforeAll(async () => {
    if (first) await fixture.database.query(first);
  });

  test.each(names)('%s: at most %d rows are read', async (name, rows) => {
    const statement = statements().find((each) => each.name === name);
    expect(await rowsRead((tx) => statement!.run(tx))).toBeLessThanOrEqual(rows);
  });
});
