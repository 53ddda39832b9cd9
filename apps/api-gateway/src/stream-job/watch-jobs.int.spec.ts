import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeId, newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { EventReader, type Received } from '../testing/event-reader.js';
import { seedProject, SeededJob } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

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

const seed = async () =>
  (await SeededJob.submit(gateway, db.database, account.key, { project: 'p', client_ref: 'c', tags: ['t'] })).plan(1);

async function watch(jobs: readonly SeededJob[], lastEventId?: string): Promise<EventReader> {
  const reader = new EventReader(gateway.url, account.key);
  readers.push(reader);
  const response = await reader.open(`jobs/watch?ids=${jobs.map(({ id }) => id).join(',')}`, lastEventId);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  return reader;
}
const print = (job: SeededJob, offset: number, text: string) =>
  gateway.feed.append(job.uuid, [
    { kind: 'output', index: 0, attempt: 1, stream: 'stdout', offset, data: Buffer.from(text).toString('base64') },
  ]);
const texts = (events: readonly Received[]) =>
  events.filter(({ event }) => event === 'output').map(({ data }) => data.text);
const jobsOf = (events: readonly Received[], kind: string) =>
  events.filter(({ event }) => event === kind).map(({ data }) => data.job?.['id']);

describe('a watch', () => {
  test('begins with a snapshot of each job, tells of all, and closes after the last end', async () => {
    const [one, two] = [await seed(), await seed()];
    const reader = await watch([one, two]);
    const first = await reader.take(2);
    expect(jobsOf(first, 'snapshot').sort()).toEqual([one.id, two.id].sort());
    expect(first[0]?.data.job).toMatchObject({ client_ref: 'c', tags: ['t'], result_persisted: false });
    print(one, 0, 'from one');
    print(two, 0, 'from two');
    await one.end('completed');
    await two.end('failed');
    const events = await reader.untilEnd();
    expect(texts(events).sort()).toEqual(['from one', 'from two']);
    expect(jobsOf(events, 'end').sort()).toEqual([one.id, two.id].sort());
  });

  test('goes on after any event without a gap or a repeat, in every job', async () => {
    const jobs = [await seed(), await seed(), await seed()];
    const all = await watch(jobs);
    await all.take(3);
    for (let piece = 0; piece < 4; piece += 1) for (const job of jobs) print(job, piece, String(piece));
    await jobs[0]?.end('completed');
    const seen: Received[] = [];
    while (texts(seen).length < 12 || jobsOf(seen, 'end').length < 1) seen.push(...(await all.take(1)));
    all.close();
    await jobs[1]?.end('completed');
    await jobs[2]?.end('completed');
    // From each event on, whatever follows must be what followed, and the ends of the jobs that had not ended.
    for (const [n, { id }] of seen.entries()) {
      const rest = await (await watch(jobs, id)).untilEnd();
      const before = texts(seen.slice(0, n + 1));
      expect([...before, ...texts(rest)].sort()).toEqual(texts(seen).sort());
      expect(jobsOf(rest, 'snapshot')).toEqual([]);
      expect([...jobsOf(seen.slice(0, n + 1), 'end'), ...jobsOf(rest, 'end')].sort()).toEqual(
        jobs.map((job) => job.id).sort(),
      );
    }
  });

  test('says that nothing more comes to a reader that has seen every end', async () => {
    const job = await seed();
    await job.end('completed');
    const events = await (await watch([job])).untilEnd();
    const again = await new EventReader(gateway.url, account.key).open(`jobs/watch?ids=${job.id}`, events.at(-1)?.id);
    expect(again.status).toBe(204);
  });

  test('shows a job again that was retried after its end', async () => {
    const [one, two] = [await seed(), await seed()];
    await one.end('failed');
    const reader = await watch([one, two]);
    const seen: Received[] = [];
    while (jobsOf(seen, 'end').length < 1 || jobsOf(seen, 'snapshot').length < 2) seen.push(...(await reader.take(1)));
    reader.close();
    await db.database.query(`UPDATE jobs SET status = 'running', finished_at = NULL WHERE id = $1`, [one.uuid]);
    const [next] = await (await watch([one, two], seen.at(-1)?.id)).take(1);
    expect([next?.event, next?.data.job?.['id']]).toEqual(['snapshot', one.id]);
  });

  test('of a foreign or missing job is refused, and names it; so are ids that are none', async () => {
    const ask = async (ids: string, key = account.key) => {
      const response = await fetch(`${gateway.url}/api/v1/jobs/watch?ids=${ids}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      return [response.status, await response.text()] as const;
    };
    const own = await seed();
    const missing = encodeId('job', newUuid());
    const other = await gateway.account('others');
    expect(await ask(`${own.id},${missing}`)).toEqual([404, expect.stringContaining(missing)]);
    expect(await ask(own.id, other.key)).toEqual([404, expect.stringContaining(own.id)]);
    expect(await ask(`${own.id},nonsense`)).toEqual([422, expect.stringContaining('nonsense')]);
    expect(await ask('')).toEqual([422, expect.stringContaining('?ids')]);
    expect(await ask(Array.from({ length: 201 }, () => own.id).join())).toEqual([422, expect.stringContaining('200')]);
  });
});
