import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LiveEntry, OutgoingEvent } from '@computalot/contracts';
import { requestCancelIfOpen } from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { createTestDatabase, WaitingJobs, type TestDatabase } from '@computalot/testing';
import { AnnounceChanges } from '../announce-changes/announce-changes.service.js';
import { EndWaitingTasks } from './end-waiting-tasks.service.js';

let fixture: TestDatabase;
let jobs: WaitingJobs;
let ending: EndWaitingTasks;
let fed: [string, LiveEntry][];
beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  const { database } = fixture;
  await database.query('TRUNCATE accounts, outbox CASCADE');
  jobs = await WaitingJobs.create(database);
  fed = [];
  const feed = { append: (id: string, entries: readonly LiveEntry[]) => void fed.push([id, entries[0] as LiveEntry]) };
  const relay = { wake: () => undefined };
  const publisher = { send: () => undefined };
  const changes = new AnnounceChanges(database, feed as never, relay as never, publisher as never);
  ending = new EndWaitingTasks(database, changes);
});

async function events(): Promise<OutgoingEvent<{ status: string }>[]> {
  const rows = await fixture.database.query<{ body: OutgoingEvent<{ status: string }>[] }>(
    `SELECT body FROM outbox WHERE kind = 'events' ORDER BY id`,
  );
  return rows.flatMap(({ body }) => body);
}

async function expectOneEnd(id: string, status: string): Promise<void> {
  const told = await events();
  expect(told.map(({ subject, type, data }) => [subject, type, data.status])).toEqual([
    [encodeId('job', id), 'job.finished.v1', status],
  ]);
  expect(fed).toEqual([[id, { kind: 'job', status, task_counts: {}, terminal: true }]]);
}

describe('a job that waits for dependencies', () => {
  test('is cancelled at once and once, with an event and the end of its live feed', async () => {
    const waiting = await jobs.add('queued', [await jobs.add('running')]);
    await requestCancelIfOpen(fixture.database, jobs.accountId, waiting);
    await Promise.all([ending.cancelSlice(waiting), ending.cancelSlice(waiting), ending.runOnce()]);
    expect(await jobs.look(waiting)).toMatchObject({ status: 'cancelled', unmet: 1 });
    await expectOneEnd(waiting, 'cancelled');
  });

  test('fails when its dependencies do not hold by its queue deadline, which counts from its creation', async () => {
    const waiting = await jobs.add('queued', [await jobs.add('running')]);
    await fixture.database.query(`UPDATE jobs SET queue_deadline = now() + interval '1 hour' WHERE id = $1`, [waiting]);
    expect(await ending.runOnce()).toMatchObject({ touched: 0 });
    await fixture.database.query(`UPDATE jobs SET queue_deadline = now() - interval '1 ms' WHERE id = $1`, [waiting]);
    expect(await ending.runOnce()).toMatchObject({ touched: 1 });
    expect(await jobs.look(waiting)).toMatchObject({ status: 'failed', error: { code: 'queue_timeout' } });
    await expectOneEnd(waiting, 'failed');
    expect(await ending.runOnce()).toMatchObject({ touched: 0 });
  });

  test('and one that does not wait any more is not failed as a whole: its tasks are about to come', async () => {
    const free = await jobs.add('queued');
    await fixture.database.query(`UPDATE jobs SET queue_deadline = now() - interval '1 ms' WHERE id = $1`, [free]);
    expect(await ending.runOnce()).toMatchObject({ touched: 0 });
    expect((await jobs.look(free)).status).toBe('queued');
  });
});
