import type { Server, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { EventReader, type Received } from '../testing/event-reader.js';
import { seedProject, SeededJob } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';
import { MAX_WAITING_BYTES } from './sse-client.js';
import { formatProjectId, MAX_ENDED, MAX_FOLLOWED } from './project-place.js';

let db: TestDatabase;
let gateway: Gateway;
/** Over the same database and the same feed. */
let other: Gateway;
let account: { id: string; key: string };
const readers: EventReader[] = [];
let projects = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  const feed = newUuid();
  [gateway, other] = [
    await startGateway(db.database, { recheckMs: 40 }, feed),
    await startGateway(db.database, { recheckMs: 40 }, feed),
  ];
  account = await gateway.account('watchers');
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});
afterAll(async () => {
  await gateway?.stop();
  await other?.stop();
  await db?.drop();
});

async function aProject(): Promise<string> {
  const name = `p${projects++}`;
  await seedProject(db.database, account.id, name);
  return name;
}
const submit = async (project: string) =>
  (await SeededJob.submit(gateway, db.database, account.key, { project, client_ref: 'c' })).plan(1);

async function follow(project: string, lastEventId?: string, at = gateway): Promise<EventReader> {
  const reader = new EventReader(at.url, account.key);
  readers.push(reader);
  const response = await reader.open(`projects/${project}/stream`, lastEventId);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  return reader;
}
const print = (job: SeededJob, offset: number, text: string) =>
  gateway.feed.append(job.uuid, [
    { kind: 'output', index: 0, attempt: 1, stream: 'stdout', offset, data: Buffer.from(text).toString('base64') },
  ]);
const isEnd = ({ event, data }: Received) => event === 'job' && data.job?.['finished_at'] !== null;
/** What may neither be missing nor come twice: output, and the ends of jobs. */
const facts = (events: readonly Received[]) =>
  events.flatMap((event) =>
    event.event === 'output'
      ? [`${event.data['task_id']} ${event.data.text}`]
      : isEnd(event)
        ? [String(event.data.job?.['id'])]
        : [],
  );
async function until(reader: EventReader, isMet: (events: readonly Received[]) => boolean): Promise<Received[]> {
  const events: Received[] = [];
  while (!isMet(events)) events.push(...(await reader.take(1)));
  return events;
}

describe('the stream of a project', () => {
  test('begins with the project and its open jobs, and tells of all of them and of those that come later', async () => {
    const project = await aProject();
    const [ended, first] = [await submit(project), await submit(project)];
    await ended.end('completed');
    const reader = await follow(project);
    const [snapshot, ofJob] = await reader.take(2);
    expect(snapshot).toMatchObject({
      event: 'snapshot',
      data: { project: { name: project }, jobs: [{ id: first.id, client_ref: 'c' }], has_more: false, gap: false },
    });
    expect(ofJob).toMatchObject({ event: 'snapshot', data: { job: { id: first.id }, tasks: [], gap: false } });
    print(first, 0, 'from the first');
    const later = await submit(project);
    // Nothing but Postgres tells the gateway that this job is there; what it said before it was found is told too.
    print(later, 0, 'from the later');
    const told = await until(reader, (events) => facts(events).length === 2);
    expect(facts(told)).toEqual(
      expect.arrayContaining([`${first.id}.0 from the first`, `${later.id}.0 from the later`]),
    );
    const ofLater = told.filter(({ data }) => data.job?.['id'] === later.id);
    expect(ofLater[0]).toMatchObject({ event: 'snapshot', data: { job: { client_ref: 'c' }, gap: false } });
    await first.end('failed');
    const [end] = (await until(reader, (events) => events.some(isEnd))).slice(-1);
    expect(end).toMatchObject({
      event: 'job',
      data: { job: { id: first.id, status: 'failed', result_persisted: true } },
    });
    print(later, 14, ', still');
    expect(facts(await until(reader, (events) => facts(events).length === 1))).toEqual([`${later.id}.0 , still`]);
  });

  test('goes on after any event without a gap or a repeat, on another gateway', async () => {
    const project = await aProject();
    const [old, long] = [await submit(project), await submit(project)];
    const first = await follow(project);
    await first.take(3);
    const late = await submit(project);
    for (let piece = 0; piece < 3; piece++) for (const job of [old, long, late]) print(job, piece, String(piece));
    const brief = await submit(project);
    print(brief, 0, 'brief');
    await brief.end('completed');
    await old.end('completed');
    const seen = await until(first, (events) => facts(events).length === 12);
    first.close();
    // While nobody follows: one more ends, and one comes and goes.
    await late.end('failed');
    const missed = await submit(project);
    print(missed, 0, 'missed');
    await missed.end('completed');
    await long.end('completed');
    const all = [...facts(seen), late.id, `${missed.id}.0 missed`, missed.id, long.id].sort();
    const back = await Promise.all(seen.map(({ id }) => follow(project, id, other)));
    const rests = await Promise.all(
      back.map((reader, n) =>
        until(reader, (events) => facts(seen.slice(0, n + 1)).length + facts(events).length === all.length),
      ),
    );
    const gone = await gateway.call('DELETE', `/api/v1/projects/${project}`, { key: account.key });
    expect(gone.status).toBe(204);
    for (const [n, reader] of back.entries()) {
      const rest = [...(rests[n] ?? []), ...(await reader.untilEnd())];
      expect([...facts(seen.slice(0, n + 1)), ...facts(rest)].sort()).toEqual(all);
      expect(rest.filter(({ data }) => data.gap)).toEqual([]);
    }
  });

  test('closes when the project is deleted, and never before', async () => {
    const project = await aProject();
    const job = await submit(project);
    const reader = await follow(project);
    await job.end('completed');
    await until(reader, (events) => events.some(isEnd));
    await gateway.call('DELETE', `/api/v1/projects/${project}`, { key: account.key });
    expect(await reader.untilEnd()).toEqual([]);
    const answer = await gateway.call('GET', `/api/v1/projects/${project}/stream`, { key: account.key });
    expect(answer.status).toBe(404);
  });

  test('shows a job again that is retried after its end', async () => {
    const project = await aProject();
    const job = await submit(project);
    const reader = await follow(project);
    await job.task(0, { state: 'failed', attempt: 1, exit_code: 1, finished_at: new Date() });
    await job.end('failed');
    await until(reader, (events) => events.some(isEnd));
    await gateway.call('POST', `/api/v1/jobs/${job.id}/retry`, { key: account.key });
    const [again] = await reader.take(1);
    expect(again).toMatchObject({ event: 'snapshot', data: { job: { id: job.id, run: 2 }, gap: false } });
  });

  test('follows so many jobs at once, and the next one when one has ended', async () => {
    const project = await aProject();
    const jobs: SeededJob[] = [];
    while (jobs.length <= MAX_FOLLOWED) jobs.push(await submit(project));
    const reader = await follow(project);
    const [snapshot] = await reader.take(1 + MAX_FOLLOWED);
    expect(snapshot?.data['has_more']).toBe(true);
    expect(snapshot?.data['jobs']).toHaveLength(MAX_FOLLOWED);
    const [first, last] = [jobs[0], jobs.at(-1)];
    if (!first || !last) throw new Error('no jobs');
    print(last, 0, 'waited');
    await first.end('completed');
    expect(facts(await until(reader, (events) => facts(events).length === 2))).toEqual([
      first.id,
      `${last.id}.0 waited`,
    ]);
  });

  test('begins anew, and says so, when more ended meanwhile than an id can name', async () => {
    const project = await aProject();
    const job = await submit(project);
    const first = await follow(project);
    const [, ofJob] = await first.take(2);
    first.close();
    await db.database.query(
      `INSERT INTO jobs (id, account_id, project_id, project_name, type, status, finished_at)
       SELECT gen_random_uuid(), account_id, project_id, project_name, type, 'completed', now() FROM jobs, generate_series(1, $2) WHERE id = $1`,
      [job.uuid, MAX_ENDED],
    );
    const [snapshot] = await (await follow(project, ofJob?.id)).take(1);
    expect(snapshot).toMatchObject({ event: 'snapshot', data: { jobs: [{ id: job.id }], gap: true } });
  });

  test('holds a bounded number of bytes for a reader that does not read, which gets snapshots later; another gets everything', async () => {
    const project = await aProject();
    const jobs: SeededJob[] = [];
    while (jobs.length < 20) jobs.push(await submit(project));
    const responses: ServerResponse[] = [];
    (gateway.app.getHttpServer() as Server).on('request', (_, response: ServerResponse) => responses.push(response));
    const slow = await follow(project);
    const fast = await follow(project);
    await fast.take(1 + jobs.length);
    const piece = 'z'.repeat(60_000);
    let [waited, outputs] = [0, 0];
    for (let round = 0; round < 12; round++) {
      for (const job of jobs) print(job, round * piece.length, piece);
      outputs += facts(await until(fast, (events) => facts(events).length === jobs.length)).length;
      waited = Math.max(waited, responses[0]?.writableLength ?? 0);
    }
    expect(outputs).toBe(12 * jobs.length);
    expect(waited).toBeGreaterThan(MAX_WAITING_BYTES);
    expect(waited).toBeLessThan(MAX_WAITING_BYTES + 100_000);
    const events = await until(
      slow,
      (seen) => new Set(seen.filter(({ data }) => data.gap).map(({ data }) => data.job?.['id'])).size === jobs.length,
    );
    expect(facts(events).length).toBeLessThan(outputs);
  });

  test('is not for strangers, and shows nothing of another project whatever its reader says it has seen', async () => {
    const [project, another] = [await aProject(), await aProject()];
    const stranger = await gateway.account('stranger');
    const refused = await gateway.call('GET', `/api/v1/projects/${project}/stream`, { key: stranger.key });
    expect(refused.json).toMatchObject({ status: 404 });
    await seedProject(db.database, stranger.id, project);
    const theirs = (await SeededJob.submit(gateway, db.database, stranger.key, { project })).uuid;
    const elsewhere = (await submit(another)).uuid;
    const found = await gateway.call('GET', `/api/v1/projects/${project}`, { key: account.key });
    const [row] = await db.database.query<{ id: string }>(
      'SELECT id FROM projects WHERE account_id = $1 AND name = $2',
      [account.id, String(found.json.name)],
    );
    const forged = formatProjectId(row?.id ?? '', {
      since: Date.now(),
      jobs: new Map([theirs, elsewhere].map((id) => [id, null])),
    });
    const reader = await follow(project, forged);
    const own = await submit(project);
    const [event] = await reader.take(1);
    expect(event).toMatchObject({ event: 'snapshot', data: { job: { id: own.id } } });
  });
});
