import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  SPEC_INLINE_BYTES,
  SPEC_PART_BYTES,
  jobFinishedEvent,
  jobSubmitted,
  type OutgoingEvent,
  type RunContext,
  type TaskSpec,
} from '@computalot/contracts';
import { DATABASE, Database, DatabaseModule, deleteArtifact, listJobsToPlan, outboxSource } from '@computalot/database';
import { specPartOf, taskPayload } from '@computalot/jobs';
import { encodeId, newUuid } from '@computalot/kernel';
import { LiveFeedModule, createLiveFeed } from '@computalot/live-feed';
import { MessagingModule, createTransport, type Transport } from '@computalot/messaging';
import { ObjectStoreModule, createObjectStore, objectKeys, type ObjectStore } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { PlanJobs } from './plan-jobs/plan-jobs.service.js';
import { PlannerModule } from './planner.module.js';
import { EndingJob } from './testing/ending-job.js';

let fixture: TestDatabase;
let folder: string;
let objects: ObjectStore;
let app: INestApplication;
let transport: Transport;

beforeAll(async () => {
  fixture = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'planner-'));
  objects = createObjectStore({ url: `file://${folder}` });
  await objects.ensureReady();
  const url = `inproc:planner-${newUuid()}`;
  transport = createTransport({ url, services: ['planner'] });
  const module = await Test.createTestingModule({
    imports: [
      DatabaseModule.forRoot(new Database({ url: fixture.url })),
      MessagingModule.forRoot(transport, { outbox: { inject: [DATABASE], useFactory: outboxSource } }),
      LiveFeedModule.forRoot(createLiveFeed({ url })),
      ObjectStoreModule.forRoot(objects),
      PlannerModule,
    ],
  }).compile();
  app = module.createNestApplication(new FastifyAdapter(), { logger: false });
  app.connectMicroservice({ strategy: transport.strategy });
  await app.init();
  await app.startAllMicroservices();
});
afterAll(async () => {
  await app.close();
  await fixture.drop();
  await rm(folder, { recursive: true });
});
// As a transaction: it is run again when a loop of the planner's and it wait for each other.
beforeEach(() => fixture.database.transaction((tx) => tx.query('TRUNCATE jobs, tasks, outbox CASCADE')));

async function acceptedJob(submission: object, type = 'structured_runner'): Promise<string> {
  const [id, account] = [newUuid(), newUuid()];
  await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
  await fixture.database.query('INSERT INTO jobs (id, account_id, type) VALUES ($1, $2, $3)', [id, account, type]);
  await fixture.database.query('INSERT INTO job_submissions (job_id, submission) VALUES ($1, $2)', [
    id,
    JSON.stringify(submission),
  ]);
  return id;
}

interface PlannedRow {
  status: string;
  planned: number;
  task_total: number;
  queued: number;
  cancelled: number;
  run_context: RunContext | null;
  error: { code: string } | null;
  planned_at: Date | null;
}

async function rowWhen(jobId: string, condition: (job: PlannedRow) => boolean): Promise<PlannedRow> {
  for (;;) {
    const [job] = await fixture.database.query<PlannedRow>('SELECT * FROM jobs WHERE id = $1', [jobId]);
    if (job && condition(job)) return job;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function finishedEvent(jobId: string): OutgoingEvent {
  const job_id = encodeId('job', jobId);
  const time = new Date().toISOString();
  const facts = { job_id, account_id: 'acc', type: 'structured_runner', status: 'completed', tags: [] };
  const data = { ...facts, task_counts: {}, finished_at: time };
  return { type: jobFinishedEvent.type, id: newUuid(), subject: job_id, time, data };
}

const command = { runner_command: ['true'] };
const planner = () => app.get(PlanJobs);
const taskCount = async (jobId: string) =>
  (await fixture.database.query<{ n: number }>('SELECT count(*)::int AS n FROM tasks WHERE job_id = $1', [jobId]))[0]
    ?.n;

describe('planner', () => {
  test('a submitted job becomes dense task rows and a run context', async () => {
    const job = await acceptedJob({
      ...command,
      payload: { ks: [1, 2, 3] },
      fan_out: { by: 'ks', batch_size: 2 },
      env: { A: 'b' },
    });
    await transport.publisher.publish(jobSubmitted, { job_id: job });
    const row = await rowWhen(job, (each) => each.planned_at !== null);
    expect(row).toMatchObject({ status: 'queued', planned: 2, task_total: 2, queued: 2 });
    expect(row.run_context).toMatchObject({
      command: ['true'],
      env: { A: 'b' },
      timeout_s: 3600,
      spec: { payload: { ks: [1, 2, 3] }, fan_out: { by: 'ks' }, batch_size: 2 },
    });
  });

  test('a job that waits has no task before what it depends on has ended well, and is planned by the event of that end', async () => {
    const dependency = await acceptedJob({ ...command, payload: {} });
    const job = await acceptedJob({ ...command, payload: {} });
    const { database } = fixture;
    await database.query(`UPDATE jobs SET status = 'queued', unmet = 1 WHERE id = $1`, [job]);
    await database.query(`INSERT INTO job_dependencies (job_id, depends_on, condition) VALUES ($1, $2, 'completed')`, [
      job,
      dependency,
    ]);
    await planner().plan([dependency]);
    await transport.publisher.publish(jobSubmitted, { job_id: job });
    await planner().plan([job]);
    expect(await rowWhen(job, () => true)).toMatchObject({ status: 'queued', planned: 0, run_context: null });
    await database.query(`UPDATE jobs SET status = 'completed', finished_at = now() WHERE id = $1`, [dependency]);
    await transport.publisher.publishEvents([finishedEvent(dependency)]);
    expect(await rowWhen(job, (each) => each.planned_at !== null)).toMatchObject({ status: 'queued', planned: 1 });
  });

  test('two planners and a repeated message plan a large job once', async () => {
    const job = await acceptedJob({
      ...command,
      payload: {},
      fan_out: { chunks: 30_000, range_field: 'n', total: 90_000 },
    });
    await Promise.all([planner().plan([job]), planner().plan([job]), planner().plan([job, job])]);
    await planner().plan([job]);
    expect(await rowWhen(job, (each) => each.planned_at !== null)).toMatchObject({ planned: 30_000, queued: 30_000 });
    expect(await taskCount(job)).toBe(30_000);
  });

  test('planning that broke off after the first slice is found and finished', async () => {
    const job = await acceptedJob({
      ...command,
      payload: {},
      fan_out: { chunks: 5_000, range_field: 'n', total: 5_000 },
    });
    await planner().plan([job]);
    await fixture.database.query('DELETE FROM tasks WHERE job_id = $1 AND index >= 2000', [job]);
    await fixture.database.query('UPDATE jobs SET planned = 2000, queued = 2000, planned_at = NULL WHERE id = $1', [
      job,
    ]);
    expect(await listJobsToPlan(fixture.database, 0)).toEqual([job]);
    await planner().plan([job]);
    expect(await taskCount(job)).toBe(5_000);
    expect(await listJobsToPlan(fixture.database, 0)).toEqual([]);
  });

  test('a large spec goes to the object store, not into every message', async () => {
    const payload = { blob: 'x'.repeat(SPEC_INLINE_BYTES) };
    const job = await acceptedJob({ ...command, payload });
    await planner().plan([job]);
    expect((await rowWhen(job, () => true)).run_context?.spec).toBeNull();
    const stored = await objects.get(objectKeys.spec(job));
    const text = Buffer.concat(await (stored as NonNullable<typeof stored>).toArray()).toString();
    expect(JSON.parse(text)).toEqual({ payload });
  });

  describe('a job over the items of an artifact', () => {
    async function acceptedOver(lines: readonly string[], more: object = {}) {
      const [id, text] = [newUuid(), `${lines.join('\n')}\n`];
      const sha256 = createHash('sha256').update(text).digest('hex');
      const job = await acceptedJob({ ...command, fan_out: { items_artifact: encodeId('art', id) }, ...more });
      const [row] = await fixture.database.query<{ account: string }>(
        `UPDATE job_submissions s SET item_total = $2 FROM jobs j WHERE j.id = s.job_id AND j.id = $1 RETURNING j.account_id AS account`,
        [job, lines.length],
      );
      const account = row?.account ?? '';
      await fixture.database.query(
        `INSERT INTO artifacts (id, account_id, filename, size_bytes, sha256, published_at) VALUES ($1, $2, 'f', $3, $4, now())`,
        [id, account, Buffer.byteLength(text), sha256],
      );
      await objects.put(objectKeys.artifact(account, sha256), Buffer.from(text));
      return { job, artifact: id, account };
    }
    const partOf = async (job: string, part: number) => {
      const body = await objects.get(objectKeys.specPart(job, part));
      return body && (JSON.parse(Buffer.concat(await body.toArray()).toString()) as TaskSpec);
    };

    test('lays them into parts of its own, which are small however large the file is', async () => {
      const blob = 'x'.repeat(SPEC_PART_BYTES / 5);
      const lines = Array.from({ length: 11 }, (_, n) => JSON.stringify({ n, blob }));
      const { job } = await acceptedOver(lines, { batch_size: 2 });
      await planner().plan([job]);
      const { run_context, ...row } = await rowWhen(job, (each) => each.planned_at !== null);
      expect(row).toMatchObject({ status: 'queued', task_total: 6, planned: 6 });
      expect(run_context).toMatchObject({ spec: { fan_out: { item_total: 11 } }, spec_parts: { tasks: 2 } });
      for (let index = 0; index < 6; index++) {
        const part = await partOf(job, specPartOf(index, 2));
        const { items } = taskPayload(part as TaskSpec, index) as { items: { n: number }[] };
        expect(items.map(({ n }) => n)).toEqual(index < 5 ? [2 * index, 2 * index + 1] : [10]);
      }
      expect(await partOf(job, 3)).toBeNull();
    });

    test('that is deleted before fails it, and after does nothing', async () => {
      const [early, late] = [await acceptedOver(['{"n":1}']), await acceptedOver(['{"n":2}'])];
      await planner().plan([late.job]);
      for (const { account, artifact } of [early, late]) await deleteArtifact(fixture.database, account, artifact);
      await planner().plan([early.job, late.job]);
      expect(await rowWhen(early.job, () => true)).toMatchObject({
        status: 'failed',
        error: { code: 'items_artifact_gone' },
      });
      expect(await rowWhen(late.job, () => true)).toMatchObject({ status: 'queued', planned: 1 });
    });
  });

  test.each([
    ['no command', { payload: {} }, 'no_command'],
    [
      'an impossible shape',
      { ...command, payload: {}, fan_out: { chunks: 3, range_field: 'n', total: 2 } },
      'more_chunks_than_total',
    ],
  ])('%s fails the job with a reason and an event, and no task', async (_name, submission, code) => {
    const job = await acceptedJob(submission);
    await planner().plan([job]);
    expect(await rowWhen(job, () => true)).toMatchObject({ status: 'failed', error: { code } });
    expect(await taskCount(job)).toBe(0);
  });

  test.each([1, 3_000])(
    'a job of %i tasks whose cancellation is requested meanwhile ends cancelled, every task accounted for',
    async (n) => {
      const job = await acceptedJob({ ...command, payload: {}, fan_out: { chunks: n, range_field: 'n', total: n } });
      await fixture.database.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [job]);
      await planner().plan([job]);
      const row = await rowWhen(job, (each) => each.planned === n);
      expect(row).toMatchObject({ status: 'cancelled', cancelled: n });
      expect(await taskCount(job)).toBe(n);
    },
  );
});

describe('closing', () => {
  const sweepOf = (parameters: object) => ({ type: 'sweep' as const, sweep: { parameters } });

  test('without any message the backstop ends it', async () => {
    const job = await EndingJob.planned(fixture.database, sweepOf({ a: [1] }));
    await job.end(() => ({ result: {} }));
    await fixture.database.query('TRUNCATE outbox');
    await rowWhen(job.id, ({ status }) => status === 'completed');
  });

  test('a sweep whose cancellation comes while it is planned ends as well', async () => {
    const submission = { ...command, ...sweepOf({ a: { min: 1, max: 3_000, step: 1 } }) };
    const job = await acceptedJob(submission, 'sweep');
    await fixture.database.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [job]);
    await planner().plan([job]);
    expect(await rowWhen(job, ({ status }) => status === 'cancelled')).toMatchObject({
      planned: 3_000,
      cancelled: 3_000,
    });
  });

  test('a benchmark whose every strategy has a command needs no other', async () => {
    const strategies = ['a', 'b'].map((name) => ({ name, runner_command: [name] }));
    const objective = { metric: 'm', goal: 'minimize' };
    const job = await acceptedJob(
      { type: 'benchmark', benchmark: { strategies, cases: [{}], objective } },
      'benchmark',
    );
    await planner().plan([job]);
    expect(await rowWhen(job, ({ planned_at }) => planned_at !== null)).toMatchObject({ planned: 2, status: 'queued' });
  });
});
