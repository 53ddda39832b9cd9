import { expect, test } from '@jest/globals';
import type { Database } from '@computalot/database';
import type { LiveFeed } from '@computalot/live-feed';
import type { OutboxRelay, Publisher } from '@computalot/messaging';
import { AnnounceChanges } from './announce-changes.service.js';

/** Answers every id with its facts and counts what it was asked. */
function source() {
  const asked: string[][] = [];
  const query = async (_sql: string, [ids]: readonly [string[]]) => {
    asked.push(ids);
    return ids.map((id) => ({ id }));
  };
  return { asked, db: { query } as unknown as Database };
}
const announcer = (db: Database) => new AnnounceChanges(db, {} as LiveFeed, {} as OutboxRelay, {} as Publisher);

test('facts are read once', async () => {
  const { asked, db } = source();
  const changes = announcer(db);
  await changes.factsOf(['a', 'b', 'a']);
  expect([...(await changes.factsOf(['b', 'c'])).keys()]).toEqual(['b', 'c']);
  expect(asked).toEqual([['a', 'b'], ['c']]);
});

test('what a caller was given stays its own, however many jobs others ask for', async () => {
  const changes = announcer(source().db);
  const mine = await changes.factsOf(['mine']);
  for (let n = 0; n < 12; n += 1) await changes.factsOf(Array.from({ length: 1_000 }, (_, at) => `other ${n} ${at}`));
  expect(mine.has('mine')).toBe(true);
});

test('inside a transaction they are read through it: a second connection may not be there', async () => {
  const [pool, tx] = [source(), source()];
  const changes = announcer(pool.db);
  await changes.factsOf(['a'], tx.db);
  expect([pool.asked, tx.asked]).toEqual([[], [['a']]]);
});
