import { afterAll, expect, test } from '@jest/globals';
import type { LiveEntry } from '@computalot/contracts';
import { createLiveFeed } from '@computalot/live-feed';
import { readLiveOutput, streamKey } from './live-output.js';

const feed = createLiveFeed({ url: 'inproc:live-output', limits: { maxEntries: 1_500 } });
afterAll(() => feed.close());

const out = (
  index: number,
  attempt: number,
  offset: number,
  bytes: string | Buffer,
  stream: 'stdout' | 'stderr' = 'stdout',
): LiveEntry => ({
  kind: 'output',
  index,
  attempt,
  stream,
  offset,
  data: Buffer.from(bytes).toString('base64'),
});
const counted = () => {
  let reads = 0;
  const read: typeof feed.read = (...args) => (reads++, feed.read(...args));
  return { feed: Object.assign(Object.create(feed) as typeof feed, { read }), reads: () => reads };
};

test('reads the streams of all attempts in one pass over the feed', async () => {
  const tasks = 200;
  for (let index = 0; index < tasks; index++)
    feed.append('many', [out(index, 1, 0, `out ${index}`), out(index, 1, 0, `err ${index}`, 'stderr')]);
  const { feed: watched, reads } = counted();
  const streams = await readLiveOutput(watched, 'many', new Map(Array.from({ length: tasks }, (_, n) => [n, 1])));
  expect(streams.size).toBe(2 * tasks);
  expect(streams.get(streamKey(7, 'stderr'))?.bytes.toString()).toBe('err 7');
  // 400 entries are one page.
  expect(reads()).toBe(1);
});

test('takes only the attempt that was asked for', async () => {
  feed.append('retried', [out(0, 1, 0, 'old'), out(0, 2, 0, 'new'), out(1, 1, 0, 'other')]);
  const streams = await readLiveOutput(feed, 'retried', new Map([[0, 2]]));
  expect([...streams]).toEqual([[streamKey(0, 'stdout'), { offset: 0, bytes: Buffer.from('new') }]]);
});

test('shows repeated bytes once, and says where it begins when the feed lost the beginning', async () => {
  feed.append('repeated', [out(0, 1, 10, 'abc'), out(0, 1, 10, 'abc'), out(0, 1, 12, 'cd'), out(0, 1, 11, 'bc')]);
  const streams = await readLiveOutput(feed, 'repeated', new Map([[0, 1]]));
  expect(streams.get(streamKey(0, 'stdout'))).toEqual({ offset: 10, bytes: Buffer.from('abcd') });
});

test('never shows bytes on both sides of a hole as neighbours', async () => {
  feed.append('holed', [out(0, 1, 0, 'abc'), out(0, 1, 5, 'fg'), out(0, 1, 7, 'h')]);
  const streams = await readLiveOutput(feed, 'holed', new Map([[0, 1]]));
  expect(streams.get(streamKey(0, 'stdout'))).toEqual({ offset: 5, bytes: Buffer.from('fgh') });
});

test('goes through feeds of several pages, and keeps bytes that are not text', async () => {
  const bytes = Buffer.from(Array.from({ length: 1_200 }, (_, n) => n % 256));
  bytes.forEach((byte, n) => feed.append('long', [out(0, 1, n, Buffer.from([byte]))]));
  const streams = await readLiveOutput(feed, 'long', new Map([[0, 1]]));
  expect(streams.get(streamKey(0, 'stdout'))?.bytes.equals(bytes)).toBe(true);
});
