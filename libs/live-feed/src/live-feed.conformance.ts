import type { LiveEntry, LiveOutput } from '@computalot/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { FeedSubscription, LiveFeed, PositionedEntry } from './live-feed.js';
import { MAX_OUTPUT_BYTES } from './split-output.js';

export const progress = (index: number): LiveEntry => ({
  kind: 'progress',
  index,
  attempt: 1,
  progress: { at: index },
});
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const indices = (entries: readonly PositionedEntry[]) => entries.map(({ entry }) => (entry as { index: number }).index);

/** What a subscriber got, and a way to wait for it. */
export class Listener {
  readonly entries: PositionedEntry[] = [];
  gaps = 0;
  private waiters: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];
  private readonly subscription: FeedSubscription;

  constructor(feed: LiveFeed, jobId: string, position: string | null = null) {
    this.subscription = feed.subscribe(jobId, position, (entries, gap) => {
      this.entries.push(...entries);
      if (gap) this.gaps++;
      for (const waiter of this.waiters) if (waiter.isMet()) waiter.resolve();
    });
  }

  get indices(): number[] {
    return indices(this.entries);
  }

  async until(isMet: (listener: Listener) => boolean): Promise<void> {
    if (isMet(this)) return;
    await new Promise<void>((resolve) => this.waiters.push({ isMet: () => isMet(this), resolve }));
  }

  async untilIndex(index: number): Promise<void> {
    await this.until(({ entries }) => (entries.at(-1)?.entry as { index: number } | undefined)?.index === index);
  }

  close(): void {
    this.subscription.close();
  }
}

/** What every {@link LiveFeed} must do, with limits of 200 entries, 64 at least, 1 MiB. `open` gives a new handle on the same feed. */
export function liveFeedConformance(open: () => LiveFeed): void {
  let feed: LiveFeed;
  let other: LiveFeed;
  const fresh = () => randomUUID();
  const write = async (job: string, from: number, to: number) => {
    feed.append(job, numbers(from, to).map(progress));
    await feed.flush();
  };

  beforeAll(() => {
    feed = open();
    other = open();
  });
  afterAll(async () => {
    await feed.close();
    await other.close();
  });

  describe('reading', () => {
    test('an empty feed', async () => {
      const job = fresh();
      expect(await feed.read(job, null, 10)).toEqual({ entries: [], gap: false });
      expect(await feed.tail(job)).toBeNull();
    });

    test('every kind of entry comes back as it was, in order, with ascending positions', async () => {
      const job = fresh();
      const entries: LiveEntry[] = [
        {
          kind: 'output',
          index: 0,
          attempt: 1,
          stream: 'stdout',
          offset: 0,
          data: Buffer.from('grüße\n').toString('base64'),
        },
        { kind: 'progress', index: 0, attempt: 1, progress: { ключ: [1, null, 'x'] } },
        {
          kind: 'tasks',
          tasks: [
            [0, 1, 'completed', 0],
            [1, 2, 'failed', null],
          ],
        },
        { kind: 'job', status: 'running', task_counts: { queued: 3 }, terminal: false },
      ];
      feed.append(job, entries.slice(0, 2));
      feed.append(job, entries.slice(2));
      await feed.flush();
      const { entries: got, gap } = await other.read(job, null, 10);
      expect(got.map(({ entry }) => entry)).toEqual(entries);
      expect(gap).toBe(false);
      expect(new Set(got.map(({ position }) => position)).size).toBe(4);
      expect(await other.tail(job)).toBe(got.at(-1)!.position);
    });

    test('from a position: only what comes after, page by page', async () => {
      const job = fresh();
      await write(job, 1, 10);
      const first = await feed.read(job, null, 4);
      expect(indices(first.entries)).toEqual([1, 2, 3, 4]);
      const second = await feed.read(job, first.entries.at(-1)!.position, 4);
      expect(indices(second.entries)).toEqual([5, 6, 7, 8]);
      expect(second.gap).toBe(false);
      expect(await feed.read(job, (await feed.tail(job))!, 4)).toEqual({ entries: [], gap: false });
    });

    test('the feed is bounded in entries, and a position it no longer reaches is a gap', async () => {
      const job = fresh();
      await write(job, 1, 5);
      const early = (await feed.tail(job))!;
      await write(job, 6, 1_000);
      const late = await feed.read(job, null, 10_000);
      expect(late.entries.length).toBeLessThanOrEqual(400);
      expect(late.entries.length).toBeGreaterThanOrEqual(64);
      expect(late.gap).toBe(true);
      expect((await feed.read(job, early, 10)).gap).toBe(true);
      const inside = late.entries.at(-50)!.position;
      expect(await feed.read(job, inside, 1_000)).toEqual({ entries: late.entries.slice(-49), gap: false });
    });

    test('the feed is bounded in bytes', async () => {
      const job = fresh();
      const data = Buffer.alloc(30_000).toString('base64');
      const output = (index: number): LiveOutput => ({
        kind: 'output',
        index,
        attempt: 1,
        stream: 'stdout',
        offset: 0,
        data,
      });
      feed.append(job, numbers(1, 200).map(output));
      await feed.flush();
      const { entries } = await feed.read(job, null, 10_000);
      expect(entries.length).toBeGreaterThanOrEqual(64);
      expect(entries.length).toBeLessThan(80);
    });

    test.each(['', 'x', '-', '0', '1-2-3', '99999999999999999999-1', '9007199254740-1', '(1-1', '$', '*'])(
      'a position that is not of this feed is a gap, no fault: %j',
      async (position) => {
        const job = fresh();
        await write(job, 1, 3);
        expect((await feed.read(job, position, 10)).gap).toBe(true);
      },
    );

    test('a position of a feed that is gone is a gap', async () => {
      const job = fresh();
      await write(job, 1, 1);
      expect(await feed.read(fresh(), await feed.tail(job), 10)).toEqual({ entries: [], gap: true });
    });

    test('large output becomes several entries that join to the same bytes', async () => {
      const job = fresh();
      const bytes = Buffer.from(Array.from({ length: 200_001 }, (_, n) => n % 251));
      feed.append(job, [
        { kind: 'output', index: 0, attempt: 1, stream: 'stderr', offset: 7, data: bytes.toString('base64') },
      ]);
      await feed.flush();
      const parts = (await feed.read(job, null, 100)).entries.map(({ entry }) => entry as LiveOutput);
      expect(parts.length).toBe(4);
      let offset = 7;
      for (const part of parts) {
        expect(part.offset).toBe(offset);
        const length = Buffer.from(part.data, 'base64').length;
        expect(length).toBeLessThanOrEqual(MAX_OUTPUT_BYTES);
        offset += length;
      }
      expect(Buffer.concat(parts.map((part) => Buffer.from(part.data, 'base64'))).equals(bytes)).toBe(true);
    });
  });

  describe('subscribing', () => {
    test('from the start: what is there, then what comes, also by another writer', async () => {
      const job = fresh();
      await write(job, 1, 3);
      const listener = new Listener(other, job);
      await listener.untilIndex(3);
      await write(job, 4, 4);
      await listener.untilIndex(4);
      other.append(job, [progress(5)]);
      await listener.untilIndex(5);
      expect(listener.indices).toEqual(numbers(1, 5));
      expect(listener.gaps).toBe(0);
      listener.close();
    });

    test('an empty feed: the first entry arrives, and the callback is never inside subscribe or append', async () => {
      const job = fresh();
      const listener = new Listener(feed, job);
      feed.append(job, [progress(1)]);
      expect(listener.entries).toEqual([]);
      await listener.untilIndex(1);
      expect(listener.gaps).toBe(0);
      listener.close();
    });

    test('resuming from a position repeats and skips nothing', async () => {
      const job = fresh();
      const first = new Listener(feed, job);
      await write(job, 1, 20);
      await first.untilIndex(20);
      first.close();
      await write(job, 21, 40);
      const second = new Listener(other, job, first.entries[12]!.position);
      await write(job, 41, 50);
      await second.untilIndex(50);
      expect(second.indices).toEqual(numbers(14, 50));
      expect(second.gaps).toBe(0);
      second.close();
    });

    test('a position that fell out of the window is told as a gap, then following goes on', async () => {
      const job = fresh();
      await write(job, 1, 1);
      const position = await feed.tail(job);
      await write(job, 2, 1_000);
      const listener = new Listener(feed, job, position);
      await listener.untilIndex(1_000);
      expect(listener.gaps).toBe(1);
      await write(job, 1_001, 1_001);
      await listener.untilIndex(1_001);
      expect(listener.gaps).toBe(1);
      const got = listener.indices;
      expect(got).toEqual(numbers(got[0]!, 1_001));
      listener.close();
    });

    test.each(['not a position', '9007199254740-1'])(
      'position %j: a gap at once, then following goes on',
      async (position) => {
        const job = fresh();
        await write(job, 1, 2);
        const listener = new Listener(feed, job, position);
        await listener.until(({ gaps }) => gaps === 1);
        await write(job, 3, 3);
        await listener.untilIndex(3);
        expect(listener.gaps).toBe(1);
        listener.close();
      },
    );

    test('a burst larger than the window: ordered, and either whole or told as a gap', async () => {
      const job = fresh();
      const listener = new Listener(other, job);
      await write(job, 1, 1);
      await listener.untilIndex(1);
      for (let from = 2; from < 5_002; from += 500) feed.append(job, numbers(from, from + 499).map(progress));
      await feed.flush();
      await listener.untilIndex(5_001);
      const got = listener.indices;
      expect(got).toEqual([...got].sort((a, b) => a - b));
      expect(new Set(got).size).toBe(got.length);
      if (got.length < 5_001) expect(listener.gaps).toBeGreaterThan(0);
      listener.close();
    });

    test('two subscribers at different positions each get their own', async () => {
      const job = fresh();
      await write(job, 1, 10);
      const tail = await feed.tail(job);
      const [fromStart, fromTail] = [new Listener(feed, job), new Listener(feed, job, tail)];
      await write(job, 11, 15);
      await Promise.all([fromStart.untilIndex(15), fromTail.untilIndex(15)]);
      expect(fromStart.indices).toEqual(numbers(1, 15));
      expect(fromTail.indices).toEqual(numbers(11, 15));
      fromStart.close();
      fromTail.close();
    });

    test('after close nothing arrives, others go on, and closing twice is nothing', async () => {
      const job = fresh();
      const [leaving, staying] = [new Listener(feed, job), new Listener(feed, job)];
      await write(job, 1, 1);
      await Promise.all([leaving.untilIndex(1), staying.untilIndex(1)]);
      leaving.close();
      leaving.close();
      await write(job, 2, 2);
      await staying.untilIndex(2);
      expect(leaving.indices).toEqual([1]);
      staying.close();
    });

    test('a subscriber that throws hurts neither itself nor another', async () => {
      const job = fresh();
      const seen: number[] = [];
      const thrower = feed.subscribe(job, null, (entries) => {
        seen.push(...indices(entries));
        throw new Error('a defect of the subscriber');
      });
      const listener = new Listener(feed, job);
      await write(job, 1, 1);
      await listener.untilIndex(1);
      await write(job, 2, 2);
      await listener.untilIndex(2);
      expect(seen).toEqual([1, 2]);
      thrower.close();
      listener.close();
    });

    test('many jobs at once, each its own entries', async () => {
      const jobs = numbers(1, 150).map(() => fresh());
      const listeners = jobs.map((job) => new Listener(other, job));
      for (const round of [1, 2, 3]) jobs.forEach((job, n) => feed.append(job, [progress(n * 10 + round)]));
      await Promise.all(listeners.map((listener, n) => listener.untilIndex(n * 10 + 3)));
      listeners.forEach((listener, n) => expect(listener.indices).toEqual([1, 2, 3].map((round) => n * 10 + round)));
      for (const listener of listeners) listener.close();
    });

    test('whenever a subscriber joins a running writer, it loses and doubles nothing', async () => {
      const plan = fc.record({
        batches: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 }),
        joins: fc.array(fc.record({ afterBatch: fc.nat(11), fromTail: fc.boolean() }), { minLength: 1, maxLength: 4 }),
        yields: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      });
      await fc.assert(
        fc.asyncProperty(plan, async ({ batches, joins, yields }) => {
          const job = fresh();
          const listeners: { listener: Listener; from: number }[] = [];
          let next = 1;
          for (const [n, size] of batches.entries()) {
            feed.append(job, numbers(next, next + size - 1).map(progress));
            next += size;
            for (const { afterBatch, fromTail } of joins) {
              if (afterBatch % batches.length !== n) continue;
              const position = fromTail ? await other.tail(job) : null;
              const seen =
                position === null
                  ? 0
                  : (await other.read(job, null, 1_000)).entries.findIndex((e) => e.position === position) + 1;
              listeners.push({ listener: new Listener(other, job, position), from: seen + 1 });
            }
            if (yields[n]) await new Promise((resolve) => setImmediate(resolve));
          }
          feed.append(job, [progress(next++)]);
          await Promise.all(listeners.map(({ listener }) => listener.untilIndex(next - 1)));
          for (const { listener, from } of listeners) {
            expect(listener.indices).toEqual(numbers(from, next - 1));
            expect(listener.gaps).toBe(0);
            listener.close();
          }
        }),
        { numRuns: 60 },
      );
    });
  });

  test('a closed feed takes no more and closes twice', async () => {
    const closing = open();
    const job = fresh();
    const listener = new Listener(closing, job);
    await closing.close();
    await closing.close();
    closing.append(job, [progress(1)]);
    await write(job, 2, 2);
    expect(listener.entries).toEqual([]);
    expect(closing.isConnected()).toBe(false);
  });
}
