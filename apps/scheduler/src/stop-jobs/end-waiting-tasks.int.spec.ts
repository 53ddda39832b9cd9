import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { beginPlanningIfNew, insertTaskSlice } from '@computalot/database';
import { newUuid } from '@computalot/kernel';
import { createLiveFeed } from '@computalot/live-feed';
import type { OutboxRelay } from '@computalot/messaging';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { AnnounceChanges } from '../announce-changes/announce-changes.service.js';
import { EndWaitingTasksLoop } from './end-waiting-tasks.loop.js';
import { END_SLICE, EndWaitingTasks } from './end-waiting-tasks.service.js';

let fixture: TestDatabase;
let account: string;
let ending: EndWaitingTasks;

beforeAll(async () => {
  fixture = await createTestDatabase();
  const feed = createLiveFeed({ url: `inproc:${newUuid()}` });
  const relay = { wake: () => undefined } as unknown as OutboxRelay;
  ending = new EndWaitingTasks(
    fixture.database,
    new AnnounceChanges(fixture.database, feed, relay, { send: () => undefined }),
  );
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  await fixture.database.query('TRUNCATE accounts, tasks, outbox CASCADE');
  account = newUuid();
  await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
});

async function jobOf(tasks: number, column: 'cancel_requested_at' | 'queue_deadline'): Promise<string> {
  const id = newUuid();
  const db = fixture.database;
  await db.query(`INSERT INTO jobs (id, account_id, type) VALUES ($1, $2, 'structured_runner')`, [id, account]);
  await beginPlanningIfNew(db, id, tasks, {});
  await insertTaskSlice(db, id, tasks);
  await db.query(`UPDATE jobs SET ${column} = now() - interval '1 s' WHERE id = $1`, [id]);
  return id;
}

const jobRow = async (id: string) =>
  (
    await fixture.database.query<{ status: string; queued: number; cancelled: number; failed: number }>(
      'SELECT status, queued, cancelled, failed FROM jobs WHERE id = $1',
      [id],
    )
  )[0];

describe('ending tasks that wait', () => {
  test.each([
    ['cancel_requested_at', 'cancelled'],
    ['queue_deadline', 'failed'],
  ] as const)(
    'a large job with %s ends a slice at a time, and a small one does not wait for it',
    async (column, end) => {
      const large = await jobOf(2 * END_SLICE + 10, column);
      const small = await jobOf(3, column);
      expect(await ending.runOnce()).toEqual({ touched: 2, unfinished: 1 });
      expect(await jobRow(small)).toMatchObject({ status: end, queued: 0, [end]: 3 });
      expect(await jobRow(large)).toMatchObject({ status: 'queued', queued: END_SLICE + 10, [end]: END_SLICE });
      expect(await ending.runOnce()).toEqual({ touched: 1, unfinished: 1 });
      expect(await ending.runOnce()).toEqual({ touched: 1, unfinished: 0 });
      expect(await jobRow(large)).toMatchObject({ status: end, queued: 0, [end]: 2 * END_SLICE + 10 });
      expect(await ending.runOnce()).toEqual({ touched: 0, unfinished: 0 });
    },
  );

  test('two schedulers share the slices of a job; each task ends once', async () => {
    const job = await jobOf(2 * END_SLICE, 'cancel_requested_at');
    while ((await Promise.all([ending.cancelSlice(job), ending.cancelSlice(job)])).includes(true)) continue;
    expect(await jobRow(job)).toMatchObject({ status: 'cancelled', cancelled: 2 * END_SLICE });
  });

  test('the loop goes on without a pause until nothing is unfinished', async () => {
    let slices = 100;
    const runOnce = async () => ({ touched: 1, unfinished: slices > 0 ? slices-- : 0 });
    const loop = new EndWaitingTasksLoop({ runOnce } as EndWaitingTasks);
    loop.onApplicationBootstrap();
    while (slices > 0) await new Promise((resolve) => setImmediate(resolve));
    await loop.onModuleDestroy();
  });
});
