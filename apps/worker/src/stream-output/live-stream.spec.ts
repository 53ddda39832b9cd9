import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LiveStream } from './live-stream.js';

const KIB = 1024;
const identity = { jobId: 'job', index: 0, attempt: 1, stream: 'stdout' } as const;

/** Writes blocks, each at its millisecond, and sends after each what may be sent. */
function show(writes: readonly { at: number; bytes: number }[]): { shown: [number, Buffer][]; all: Buffer } {
  const stream = new LiveStream(identity, 0);
  const blocks: Buffer[] = [];
  const shown: [number, Buffer][] = [];
  let size = 0;
  const send = (now: number, isEnd: boolean): void => {
    const entry = stream.take(now, isEnd);
    if (entry) shown.push([entry.offset, Buffer.from(entry.data, 'base64')]);
  };
  for (const { at, bytes } of writes) {
    const block = Buffer.alloc(bytes, size % 251);
    stream.push(size, block);
    size += bytes;
    blocks.push(block);
    send(at, false);
  }
  send(writes.at(-1)?.at ?? 0, true);
  return { shown, all: Buffer.concat(blocks) };
}

const write = fc.record({ wait: fc.nat(50), bytes: fc.integer({ min: 1, max: 300 * KIB }) });
const writes = fc.array(write, { minLength: 1, maxLength: 60 }).map((steps) => {
  let at = 0;
  return steps.map(({ wait, bytes }) => ({ at: (at += wait), bytes }));
});

test('what is shown is the stream, its offsets tell the holes, and it ends with the newest bytes', () => {
  fc.assert(
    fc.property(writes, (given) => {
      const { shown, all } = show(given);
      let end = 0;
      for (const [offset, data] of shown) {
        expect(offset).toBeGreaterThanOrEqual(end);
        expect(data.equals(all.subarray(offset, offset + data.length))).toBe(true);
        // After a hole there is enough to read.
        if (offset > end) expect(data.length).toBeGreaterThanOrEqual(256 * KIB);
        end = offset + data.length;
      }
      expect(end).toBe(all.length);
    }),
    { numRuns: 60 },
  );
});

test('a writer of less than 2 MiB a second is shown whole, also when it begins with 4 MiB at once', () => {
  const burst = Array.from({ length: 64 }, () => ({ at: 0, bytes: 64 * KIB }));
  const steady = Array.from({ length: 1_000 }, (_, n) => ({ at: (n + 1) * 10, bytes: 20 * KIB }));
  const { shown, all } = show([...burst, ...steady]);
  expect(Buffer.concat(shown.map(([, data]) => data)).equals(all)).toBe(true);
});

test('of a flood little is shown', () => {
  const { shown } = show(Array.from({ length: 2_000 }, (_, n) => ({ at: n, bytes: 64 * KIB })));
  const bytes = shown.reduce((sum, [, data]) => sum + data.length, 0);
  expect(bytes).toBeLessThan(10 * 1024 * KIB);
  expect(shown.length).toBeGreaterThan(10);
});
