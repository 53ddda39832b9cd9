import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { LiveEntry } from '@computalot/contracts';
import { newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { EventReader, type Received } from '../testing/event-reader.js';
import { seedProject, SeededJob } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';
import { MAX_WAITING_BYTES } from './sse-client.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };
const readers: EventReader[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database, { recheckMs: 40, keepAliveMs: 30 });
  account = await gateway.account('watchers');
  await seedProject(db.database, account.id, 'p');
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});

async function open(id: string, lastEventId?: string): Promise<EventReader> {
  const reader = new EventReader(gateway.url, account.key);
  readers.push(reader);
  const response = await reader.open(`jobs/${id}/stream`, lastEventId);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  return reader;
}
const seed = async (total = 1) =>
  (
    await SeededJob.submit(gateway, db.database, account.key, {
      project: 'p',
      fan_out: { items: Array.from({ length: total }, () => ({})) },
      client_ref: 'c',
      meta: { m: 1 },
    })
  ).plan(total);
const out = (index: number, attempt: number, offset: number, text: string | Buffer): LiveEntry => ({
  kind: 'output',
  index,
  attempt,
  stream: 'stdout',
  offset,
  data: Buffer.from(text).toString('base64'),
});
const kinds = (events: readonly Received[]) => events.map(({ event }) => event);

describe('a stream', () => {
  test('begins with a snapshot, tells what happens and ends with the job', async () => {
    const job = await seed(2);
    await job.task(0, { state: 'running', attempt: 1, worker_id: newUuid(), started_at: new Date() });
    gateway.feed.append(job.uuid, [out(0, 1, 0, 'before')]);
    await gateway.feed.flush();
    const reader = await open(job.id);
    const [snapshot] = await reader.take(1);
    expect(snapshot).toMatchObject({
      event: 'snapshot',
      data: {
        gap: false,
        job: { id: job.id, status: 'running', client_ref: 'c', meta: { m: 1 } },
        tasks: [{ index: 0, live_feedback: { output_tail: 'before' } }],
      },
    });
    gateway.feed.append(job.uuid, [
      out(0, 1, 6, 'after'),
      { kind: 'progress', index: 0, attempt: 1, progress: { step: 2 } },
    ]);
    const told = await reader.take(3);
    expect(kinds(told)).toEqual(['output', 'task', 'task']);
    expect(told[0]?.data).toMatchObject({
      task_id: `${job.id}.0`,
      index: 0,
      attempt: 1,
      stream: 'stdout',
      offset: 6,
      text: 'after',
    });
    expect(told[2]?.data.task).toMatchObject({
      latest_progress: { step: 2 },
      live_feedback: { output_tail: 'beforeafter' },
    });
    await job.task(0, { state: 'completed', worker_id: null, exit_code: 0, finished_at: new Date() });
    await job.task(1, { state: 'completed', attempt: 1, exit_code: 0, finished_at: new Date() });
    await job.end('completed');
    gateway.feed.append(job.uuid, [
      {
        kind: 'tasks',
        tasks: [
          [0, 1, 'completed', 0],
          [1, 1, 'completed', 0],
        ],
      },
      { kind: 'job', status: 'completed', task_counts: { completed: 2, queued: 0, running: 0 }, terminal: true },
    ]);
    const rest = await reader.untilEnd();
    // A look at Postgres may have told of the job on the way.
    expect(kinds(rest).filter((kind) => kind === 'task')).toHaveLength(2);
    expect(kinds(rest).slice(-2)).toEqual(['job', 'end']);
    expect(rest.find(({ event }) => event === 'task')?.data.task).toMatchObject({
      status: 'completed',
      exit_code: 0,
      live_feedback: { output_tail: 'beforeafter' },
    });
    expect(rest.at(-1)?.data.job).toMatchObject({
      status: 'completed',
      result_persisted: true,
      task_counts: { total: 2, completed: 2 },
    });
  });

  test('of a job that has ended is a snapshot and the end', async () => {
    const job = await (await seed()).end('failed');
    expect(kinds(await (await open(job.id)).untilEnd())).toEqual(['snapshot', 'job', 'end']);
  });

  test('of a job that was opened again goes on, for new readers and for those that come back, past the end of the run before', async () => {
    const job = await seed();
    const first = await open(job.id);
    const [snapshot] = await first.take(1);
    await job.task(0, { state: 'failed', attempt: 1, exit_code: 1, finished_at: new Date() });
    await job.end('failed');
    const end: LiveEntry = { kind: 'job', status: 'failed', task_counts: { failed: 1, queued: 0 }, terminal: true };
    gateway.feed.append(job.uuid, [end]);
    expect((await first.untilEnd()).at(-1)?.event).toBe('end');
    const retried = await gateway.call('POST', `/api/v1/jobs/${job.id}/retry`, { key: account.key });
    expect(retried.json).toMatchObject({ status: 'queued', run: 2 });
    const [fresh, back] = [await open(job.id), await open(job.id, snapshot?.id)];
    expect((await fresh.take(1))[0]).toMatchObject({ event: 'snapshot', data: { job: { status: 'queued', run: 2 } } });
    expect((await back.take(1))[0]).toMatchObject({ event: 'job', data: { job: { status: 'queued', run: 2 } } });
    gateway.feed.append(job.uuid, [out(0, 2, 0, 'again')]);
    for (const reader of [fresh, back]) {
      expect((await reader.take(1))[0]).toMatchObject({ event: 'output', data: { attempt: 2, text: 'again' } });
    }
    await db.database.query('UPDATE jobs SET reopening = 0, reopen_from = NULL, failed = 1 WHERE id = $1', [job.uuid]);
    await job.end('failed');
    gateway.feed.append(job.uuid, [end]);
    for (const reader of [fresh, back]) {
      expect((await reader.untilEnd()).at(-1)).toMatchObject({ event: 'end', data: { job: { run: 2 } } });
    }
  });

  test('keeps one line an event, however the meta was written', async () => {
    const raw = '{"project":"p","meta":{\n\n"a":\r\n1}}';
    const { json } = await gateway.call('POST', '/api/v1/jobs', { key: account.key, raw });
    const [snapshot] = await (await open(String(json.id))).take(1);
    expect(snapshot?.data.job).toMatchObject({ meta: { a: 1 } });
  });

  test('ends by what Postgres says when the feed lost everything', async () => {
    const job = await seed();
    const reader = await open(job.id);
    await reader.take(1);
    await job.task(0, { state: 'failed', attempt: 1, exit_code: 1, finished_at: new Date() });
    await job.end('failed');
    const rest = await reader.untilEnd();
    expect(rest.at(-1)).toMatchObject({ event: 'end', data: { job: { status: 'failed' } } });
  });

  test('carries bytes that are not text as base64, and comments while nothing happens', async () => {
    const job = await seed();
    const reader = await open(job.id);
    await reader.take(1);
    const bytes = Buffer.from([0xff, 0x00, 0x41]);
    gateway.feed.append(job.uuid, [out(0, 1, 0, bytes)]);
    expect((await reader.take(1))[0]?.data).toMatchObject({ encoding: 'base64', text: bytes.toString('base64') });
    await job.end('failed');
    await reader.untilEnd();
    const silent = await open((await seed()).id);
    void silent
      .next()
      .then(() => silent.next())
      .catch(() => undefined);
    while (silent.comments === 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('is not opened by a HEAD', async () => {
    const job = await seed();
    const answer = await gateway.call('HEAD', `/api/v1/jobs/${job.id}/stream`, { key: account.key });
    expect([answer.status, answer.text]).toEqual([200, '']);
  });

  test('is not for strangers', async () => {
    const job = await seed();
    const stranger = await gateway.account('stranger');
    const answer = await gateway.call('GET', `/api/v1/jobs/${job.id}/stream`, { key: stranger.key });
    expect(answer.json).toMatchObject({ status: 404 });
  });
});

describe('a reader that comes back', () => {
  test('goes on after exactly the event it saw last, also in the middle of an entry', async () => {
    const job = await seed(3);
    const first = await open(job.id);
    await first.take(1);
    gateway.feed.append(job.uuid, [
      {
        kind: 'tasks',
        tasks: [
          [0, 1, 'running', null],
          [1, 1, 'running', null],
          [2, 1, 'running', null],
        ],
      },
      out(0, 1, 0, 'a'),
      out(0, 1, 1, 'b'),
    ]);
    const seen = (await first.take(6)).filter(({ event }, n) => event !== 'task' || n < 3);
    expect(kinds(seen)).toEqual(['task', 'task', 'task', 'output', 'output']);
    await job.end('failed');
    for (const [n, { id }] of seen.entries()) {
      const rest = (await (await open(job.id, id)).untilEnd()).filter(
        ({ data }) => data.task?.status !== 'running' || data.task.live_feedback === null,
      );
      const expected = [...seen.slice(n + 1).map(({ data }) => data.text ?? data.task?.index), undefined, undefined];
      expect(rest.map(({ data }) => data.text ?? data.task?.index)).toEqual(expected);
      expect(kinds(rest).slice(-2)).toEqual(['job', 'end']);
    }
  });

  test('after more than the feed keeps gets a snapshot that says so', async () => {
    const job = await seed();
    const first = await open(job.id);
    await first.take(1);
    gateway.feed.append(job.uuid, [out(0, 1, 0, 'x')]);
    const [event] = await first.take(1);
    first.close();
    for (let n = 0; n < 3_000; n++) gateway.feed.append(job.uuid, [out(0, 1, n + 1, 'y')]);
    await gateway.feed.flush();
    const [snapshot] = await (await open(job.id, event?.id)).take(1);
    expect(snapshot).toMatchObject({ event: 'snapshot', data: { gap: true } });
  });

  test('with an id of nobody begins anew', async () => {
    const job = await seed();
    for (const id of ['nonsense', '99999999999999-0', '0-1~5']) {
      const [snapshot] = await (await open(job.id, id)).take(1);
      expect(snapshot?.event).toBe('snapshot');
    }
  });
});

describe('a reader that does not read', () => {
  test('is given up to a bound and then a snapshot, while another one gets everything', async () => {
    const job = await seed();
    const slow = await open(job.id);
    const fast = await open(job.id);
    await fast.take(1);
    const piece = 'z'.repeat(60_000);
    const pieces = Math.ceil((MAX_WAITING_BYTES * 8) / piece.length);
    for (let n = 0; n < pieces; n++) {
      gateway.feed.append(job.uuid, [out(0, 1, n * piece.length, piece)]);
      for (let event = await fast.next(); event?.event !== 'output'; event = await fast.next())
        expect(event).not.toBeNull();
    }
    const [first] = await slow.take(1);
    expect(first?.data.gap).toBe(false);
    let outputs = 0;
    for (let event = await slow.next(); event?.event !== 'snapshot'; event = await slow.next())
      outputs += event?.event === 'output' ? 1 : 0;
    expect(outputs).toBeLessThan(pieces);
  });
});
