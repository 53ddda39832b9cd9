import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  LEASE_SETTLE_MS,
  MAX_INFRASTRUCTURE_LOSSES,
  jobCancelRequested,
  taskReports,
  workAvailable,
  grantAnswered,
  workerAssign,
  workerCancel,
  workerHeartbeat,
  workerSnapshot,
  type BodyOf,
  type TaskReport,
} from '@computalot/contracts';
import {
  DATABASE,
  DatabaseModule,
  Database,
  beginPlanningIfNew,
  insertTaskSlice,
  outboxSource,
  reopenJobIfTasksFailed,
} from '@computalot/database';
import { newUuid } from '@computalot/kernel';
import { LiveFeedModule, createLiveFeed } from '@computalot/live-feed';
import {
  HandleMessage,
  MessagingModule,
  createTransport,
  done,
  type Outcome,
  type Transport,
} from '@computalot/messaging';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { Controller, type INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { QueueRetries } from './queue-retries/queue-retries.service.js';
import { ReconcileLeases } from './reconcile-leases/reconcile-leases.service.js';
import { RecordReports } from './record-reports/record-reports.service.js';
import { ReopenTasks } from './reopen-tasks/reopen-tasks.service.js';
import { RescueLostWorkers } from './rescue-lost-workers/rescue-lost-workers.service.js';
import { SchedulerModule } from './scheduler.module.js';

type Assignment = BodyOf<typeof workerAssign>;
type Cancel = BodyOf<typeof workerCancel>;
type Attempt = { job_id: string; index: number; attempt: number };

/** Everything the scheduler sent to the worker of a test, and a way to wait for it. */
class Inbox {
  readonly attempts: Attempt[] = [];
  readonly cancels: Cancel[] = [];
  private waiting: (() => void)[] = [];

  assigned(batch: readonly Assignment[]): void {
    for (const body of batch) {
      for (const [job, index, attempt] of body.tasks)
        this.attempts.push({ job_id: body.jobs[job]?.job_id ?? '', index, attempt });
    }
    this.changed();
  }

  cancelled(batch: readonly Cancel[]): void {
    this.cancels.push(...batch);
    this.changed();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private changed(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

let inbox: Inbox;
/** Milliseconds by which the worker's clock is ahead. */
let skew = 0;

@Controller()
class FakeWorker {
  @HandleMessage(workerAssign)
  async assign(batch: readonly Assignment[]): Promise<Outcome> {
    inbox.assigned(batch);
    return done;
  }
  @HandleMessage(workerCancel)
  async cancel(batch: readonly Cancel[]): Promise<Outcome> {
    inbox.cancelled(batch);
    return done;
  }
  @HandleMessage(grantAnswered)
  async granted(): Promise<Outcome> {
    return done;
  }
}

let fixture: TestDatabase;
let app: INestApplication;
let scheduler: Transport;
let workerId: string;
let incarnation: string;

beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(() => fixture.drop());

beforeEach(async () => {
  [workerId, incarnation, inbox] = [newUuid(), newUuid(), new Inbox()];
  // As a transaction: it is run again when a loop of the service's and it wait for each other.
  await fixture.database.transaction((tx) => tx.query('TRUNCATE jobs, tasks, attempts, workers, outbox CASCADE'));
  const url = `inproc:scheduler-${workerId}`;
  scheduler = createTransport({ url, services: ['scheduler', 'worker'], receiverId: workerId });
  const module = await Test.createTestingModule({
    imports: [
      DatabaseModule.forRoot(new Database({ url: fixture.url })),
      MessagingModule.forRoot(scheduler, { outbox: { inject: [DATABASE], useFactory: outboxSource } }),
      LiveFeedModule.forRoot(createLiveFeed({ url })),
      SchedulerModule,
    ],
    controllers: [FakeWorker],
  }).compile();
  app = module.createNestApplication(new FastifyAdapter(), { logger: false });
});
afterEach(async () => {
  await app.close();
});

const start = async () => {
  app.connectMicroservice({ strategy: scheduler.strategy });
  await app.init();
  await app.startAllMicroservices();
};

async function plannedJob(tasks: number): Promise<string> {
  const [id, account] = [newUuid(), newUuid()];
  const db = fixture.database;
  await db.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
  await db.query(
    `INSERT INTO jobs (id, account_id, type, requirements) VALUES ($1, $2, 'structured_runner', '{"cpu":1}')`,
    [id, account],
  );
  const context = {
    job_id: 'job_x',
    revision: null,
    command: ['true'],
    env: {},
    timeout_s: 1,
    requirements: { cpu: 1 },
    spec: { payload: {} },
  };
  await beginPlanningIfNew(db, id, tasks, context);
  await insertTaskSlice(db, id, tasks);
  scheduler.publisher.send(workAvailable, {});
  return id;
}

const beat = (cpu = 2) =>
  scheduler.publisher.send(workerHeartbeat, {
    worker_id: workerId,
    incarnation,
    name: 'test',
    offers: { cpu },
    draining: false,
    sent_at: Date.now() + skew,
  });

const report = (attempt: Attempt, over: Partial<TaskReport> = {}) =>
  scheduler.publisher.publish(taskReports, {
    worker_id: workerId,
    incarnation,
    reports: [{ ...attempt, kind: 'completed', started_at: 1_000, finished_at: 1_001, exit_code: 0, ...over }],
  });

const snapshot = (held: Attempt[], sentAt: number) => ({
  worker_id: workerId,
  incarnation,
  sent_at: sentAt,
  held: held.map((each): [string, number, number] => [each.job_id, each.index, each.attempt]),
});

async function statusBecomes(jobId: string, status: string): Promise<void> {
  for (;;) {
    const [job] = await fixture.database.query<{ status: string }>('SELECT status FROM jobs WHERE id = $1', [jobId]);
    if (job?.status === status) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('scheduler', () => {
  test('runs a job to its end: a worker joins, gets tasks, reports, gets the next ones', async () => {
    await start();
    const job = await plannedJob(5);
    beat();
    let answered = 0;
    while (answered < 5) {
      await inbox.until(() => inbox.attempts.length > answered);
      for (const attempt of inbox.attempts.slice(answered)) {
        await report(attempt);
        answered += 1;
      }
    }
    await statusBecomes(job, 'completed');
    expect(inbox.attempts.map((attempt) => attempt.index).sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('an account gets no more tasks at once than its quota of running ones, and the next when one has ended', async () => {
    await start();
    const job = await plannedJob(4);
    await fixture.database.query(
      'UPDATE accounts SET max_running_tasks = 1 WHERE id = (SELECT account_id FROM jobs WHERE id = $1)',
      [job],
    );
    beat(4);
    const ends: number[] = [];
    while (ends.length < 4) {
      await inbox.until(() => inbox.attempts.length > ends.length);
      const [counts] = await fixture.database.query<{ held: number }>(
        'SELECT leased + running AS held FROM jobs WHERE id = $1',
        [job],
      );
      ends.push(counts?.held ?? 0);
      await report(inbox.attempts[ends.length - 1] as Attempt);
    }
    await statusBecomes(job, 'completed');
    expect(ends).toEqual([1, 1, 1, 1]);
  });

  test('a worker that comes back as a new incarnation gets its tasks again, with the next attempt', async () => {
    await start();
    await plannedJob(1);
    beat();
    await inbox.until(() => inbox.attempts.length === 1);
    incarnation = newUuid();
    beat();
    await inbox.until(() => inbox.attempts.length === 2);
    expect(inbox.attempts.map((attempt) => attempt.attempt)).toEqual([1, 2]);
  });

  test('a lease that snapshots keep omitting is given out again; a report that comes late after all is fenced off', async () => {
    await start();
    const job = await plannedJob(1);
    beat();
    await inbox.until(() => inbox.attempts.length === 1);
    const reconciler = app.get(ReconcileLeases);
    const omitAfter = (ms: number) => reconciler.reconcile(snapshot([], Date.now() + ms), performance.now() + ms);
    expect(await omitAfter(0)).toBe(0);
    expect(await omitAfter(5_000)).toBe(0);
    expect(await omitAfter(LEASE_SETTLE_MS + 1_000)).toBe(1);
    beat();
    await inbox.until(() => inbox.attempts.length === 2);
    await report(inbox.attempts[0] as Attempt, { kind: 'failed', reason: 'exit', exit_code: 1 });
    await report(inbox.attempts[1] as Attempt);
    await statusBecomes(job, 'completed');
  });

  test.each([0, 3_600_000])(
    'snapshots that waited in the queue release nothing, with a worker’s clock ahead by %i ms',
    async (ahead) => {
      skew = ahead;
      await start();
      const job = await plannedJob(1);
      beat();
      await inbox.until(() => inbox.attempts.length === 1);
      const reconciler = app.get(ReconcileLeases);
      const sent = Date.now() + skew;
      const now = performance.now();
      // Sent before the worker had the task, read long after.
      expect(await reconciler.reconcile(snapshot([], sent), now + 30_000)).toBe(0);
      expect(await reconciler.reconcile(snapshot([], sent + 5_000), now + 45_000)).toBe(0);
      await report(inbox.attempts[0] as Attempt);
      await statusBecomes(job, 'completed');
    },
  );

  test('a snapshot of an incarnation that has passed says nothing of the leases of the next one', async () => {
    await start();
    const job = await plannedJob(1);
    beat();
    await inbox.until(() => inbox.attempts.length === 1);
    const old = { ...snapshot([], Date.now()), incarnation: newUuid() };
    const reconciler = app.get(ReconcileLeases);
    await reconciler.reconcile(old);
    const later = LEASE_SETTLE_MS + 1_000;
    expect(await reconciler.reconcile({ ...old, sent_at: old.sent_at + later }, performance.now() + later)).toBe(0);
    await report(inbox.attempts[0] as Attempt);
    await statusBecomes(job, 'completed');
  });

  test('a checkpoint is recorded beside the end that follows it, changes no state, and none of an attempt of the past', async () => {
    await start();
    const job = await plannedJob(1);
    beat();
    await inbox.until(() => inbox.attempts.length === 1);
    const [first] = inbox.attempts as [Attempt];
    const recorder = app.get(RecordReports);
    const saved = (attempt: Attempt, size_bytes: number) =>
      ({ ...attempt, kind: 'checkpointed', checkpoint: { saved_at: 1_500, size_bytes } }) as const;
    const recorded = () =>
      fixture.database.query(
        'SELECT checkpoint_attempt AS attempt, checkpoint_size_bytes AS bytes, checkpoint_saved_at AS at FROM tasks WHERE job_id = $1',
        [job],
      );
    expect((await recorder.record([saved(first, 5)])).moved).toBe(0);
    expect(await recorded()).toEqual([{ attempt: 1, bytes: 5, at: new Date(1_500) }]);
    const started = { ...first, kind: 'started', started_at: 1_000 } as const;
    const failed = { ...first, kind: 'failed', reason: 'infrastructure', finished_at: 2_000 } as const;
    expect((await recorder.record([started, saved(first, 6), failed])).moved).toBe(1);
    expect(await recorded()).toMatchObject([{ attempt: 1, bytes: 6 }]);
    expect((await recorder.record([saved(first, 7)])).moved).toBe(0);
    expect(await recorded()).toMatchObject([{ attempt: 1, bytes: 6 }]);
  });

  test('what cannot be fetched for a while costs a task nothing, however often its lease is handed back', async () => {
    await start();
    const job = await plannedJob(1);
    const error = { code: 'storage_unavailable', message: 'away' };
    const times = MAX_INFRASTRUCTURE_LOSSES + 3;
    for (let time = 1; time <= times; time += 1) {
      beat();
      await inbox.until(() => inbox.attempts.length === time);
      const attempt = inbox.attempts[time - 1] as Attempt;
      const { retryWithinMs } = await app.get(RecordReports).record([{ ...attempt, kind: 'returned', error }]);
      expect(retryWithinMs).toBeGreaterThan(0);
      const sql = `SELECT state, losses, failures, outcome -> 'error' AS error FROM tasks WHERE job_id = $1`;
      expect(await fixture.database.query(sql, [job])).toEqual([{ state: 'retrying', losses: 0, failures: 0, error }]);
      await fixture.database.query('UPDATE tasks SET available_at = now() WHERE job_id = $1', [job]);
      await app.get(QueueRetries).runOnce();
    }
    beat();
    await inbox.until(() => inbox.attempts.length === times + 1);
    await report(inbox.attempts[times] as Attempt);
    await statusBecomes(job, 'completed');
  });

  test('an attempt that is not the worker’s any more is stopped', async () => {
    await start();
    beat();
    const stale = { job_id: newUuid(), index: 0, attempt: 1 };
    await scheduler.publisher.publish(workerSnapshot, snapshot([stale], Date.now()));
    await inbox.until(() => inbox.cancels.length === 1);
    expect(inbox.cancels[0]?.attempts).toEqual([[stale.job_id, 0, 1]]);
  });

  test('the tasks of a silent worker are given out again', async () => {
    await start();
    await plannedJob(1);
    beat();
    await inbox.until(() => inbox.attempts.length === 1);
    await fixture.database.query(`UPDATE workers SET last_seen_at = now() - interval '1 minute'`);
    expect(await app.get(RescueLostWorkers).runOnce()).toBe(1);
    beat();
    await inbox.until(() => inbox.attempts.length === 2);
    expect(inbox.attempts[1]?.attempt).toBe(2);
  });

  test('cancel ends waiting tasks, asks the worker for the running ones, and the job ends with them', async () => {
    await start();
    const job = await plannedJob(50);
    beat(1);
    await inbox.until(() => inbox.attempts.length > 0);
    await fixture.database.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [job]);
    await scheduler.publisher.publish(jobCancelRequested, { job_id: job });
    await inbox.until(() => inbox.cancels.length > 0);
    expect(inbox.cancels[0]?.jobs).toEqual([job]);
    for (const attempt of inbox.attempts) await report(attempt, { kind: 'cancelled' });
    await statusBecomes(job, 'cancelled');
  });

  test('a job that is opened again runs its failed tasks alone', async () => {
    await start();
    const job = await plannedJob(2);
    await fixture.database.query(`UPDATE jobs SET retry = '{"max_attempts": 1}' WHERE id = $1`, [job]);
    beat();
    await inbox.until(() => inbox.attempts.length === 2);
    await report(inbox.attempts[0] as Attempt);
    await report(inbox.attempts[1] as Attempt, { kind: 'failed', reason: 'exit', exit_code: 1 });
    await statusBecomes(job, 'partial');
    const [row] = await fixture.database.query<{ account_id: string }>('SELECT account_id FROM jobs');
    expect(await fixture.database.transaction((tx) => reopenJobIfTasksFailed(tx, row?.account_id ?? '', job))).toBe(
      true,
    );
    await inbox.until(() => inbox.attempts.length === 3);
    expect(inbox.attempts[2]).toEqual({ job_id: job, index: inbox.attempts[1]?.index, attempt: 2 });
    await report(inbox.attempts[2] as Attempt);
    await statusBecomes(job, 'completed');
  });

  test('what a job amounts to is made again without its failed tasks, once the last of them is queued', async () => {
    const job = await plannedJob(5);
    await fixture.database.query(`INSERT INTO job_aggregates (job_id, progress, folded) VALUES ($1, '{}', 5)`, [job]);
    await fixture.database.query(
      `UPDATE tasks SET state = CASE WHEN index < 2 THEN 'completed' ELSE 'failed' END::task_state, attempt = 1, finished_at = now() WHERE job_id = $1`,
      [job],
    );
    await fixture.database.query(
      `UPDATE jobs SET closed_by_planner = true, aggregates = true, status = 'partial', queued = 0, completed = 2, failed = 3, finished_at = now() WHERE id = $1`,
      [job],
    );
    const [row] = await fixture.database.query<{ account_id: string }>('SELECT account_id FROM jobs');
    await fixture.database.transaction((tx) => reopenJobIfTasksFailed(tx, row?.account_id ?? '', job));
    await start();
    await app.get(ReopenTasks).runOnce(() => undefined);
    expect(await fixture.database.query('SELECT indices FROM ended_tasks')).toEqual([{ indices: [0, 1] }]);
    expect(await fixture.database.query('SELECT folded, progress FROM job_aggregates')).toEqual([
      { folded: 0, progress: null },
    ]);
  });
});
