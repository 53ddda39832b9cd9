import { describe, expect, test } from '@jest/globals';
import type { OutputCut, OutputObject } from '@computalot/contracts';
import fc from 'fast-check';
import { OutputAssembly, type FollowedOutput, type KeptOutput } from './output-assembly.js';

const STREAM = { index: 0, attempt: 1, stream: 'stdout' } as const;
const WRITTEN = Buffer.from(Array.from({ length: 200 }, (_, n) => (n * 7) % 251));

/** A platform that keeps what it is told to keep of one stream of {@link WRITTEN}. */
class Kept implements KeptOutput {
  looks = 0;
  written = 0;
  /** Oldest byte that the feed holds; null: the feed holds nothing, or cannot be reached. */
  live: number | null = 0;
  archived = false;
  cut: OutputCut | null = null;

  look(): Promise<OutputObject[]> {
    this.looks += 1;
    if (this.archived) return Promise.resolve([this.object(0, this.cut, true)]);
    if (this.live === null || this.live >= this.written) return Promise.resolve([]);
    return Promise.resolve([this.object(this.live, { offset: 0, bytes: this.live }, false)]);
  }

  async *read({ offset, size_bytes, cut }: OutputObject, from: number) {
    const start = Math.max(from, offset);
    // In pieces of seven bytes: a body comes as it likes.
    for (let at = start; at < size_bytes; at += 7) {
      const end = Math.min(at + 7, size_bytes);
      const whole = { ...STREAM, offset: at, bytes: WRITTEN.subarray(at, end) };
      if (!cut || end <= cut.offset || at >= cut.offset + cut.bytes) yield await Promise.resolve(whole);
      else {
        const [before, after] = [Math.max(at, cut.offset), Math.min(end, cut.offset + cut.bytes)];
        if (before > at) yield { ...STREAM, offset: at, bytes: WRITTEN.subarray(at, before) };
        if (after < end) yield { ...STREAM, offset: after, bytes: WRITTEN.subarray(after, end) };
      }
    }
  }

  private object(offset: number, cut: OutputCut | null, archived: boolean): OutputObject {
    return { ...STREAM, task_id: 'job.0', offset, text: '', size_bytes: this.written, archived, cut };
  }
}

/** What a reader has: every byte at its place, what is missing as null. Fails on a hole, a repeat or a wrong byte. */
class Reader {
  end = 0;
  missing: (readonly [number, number | null])[] = [];

  async hear(pieces: AsyncIterable<FollowedOutput>): Promise<void> {
    for await (const piece of pieces) {
      expect(piece).toMatchObject({ ...STREAM, offset: this.end });
      if ('bytes' in piece) {
        expect(piece.bytes.length).toBeGreaterThan(0);
        expect(Buffer.from(piece.bytes)).toEqual(WRITTEN.subarray(this.end, this.end + piece.bytes.length));
        this.end += piece.bytes.length;
      } else {
        this.missing.push([piece.offset, piece.missing]);
        this.end += piece.missing ?? 0;
      }
    }
  }
}

const place = fc.nat(WRITTEN.length);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('arrive' as const), from: place, to: place }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('follow' as const), bytes: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('lose' as const), before: fc.option(place) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('catch-up' as const) }) },
);
const steps = fc.array(step, { maxLength: 30 });

/** Bytes arrive in any order, again and again, with holes; the feed loses what it likes. */
async function play(
  kept: Kept,
  assembly: OutputAssembly,
  reader: Reader,
  played: readonly (typeof steps extends fc.Arbitrary<infer T> ? T : never)[number][],
) {
  for (const each of played) {
    if (each.does === 'lose') kept.live = each.before;
    else if (each.does === 'catch-up') await reader.hear(assembly.catchUp(0, 1));
    else {
      const [from, to] =
        each.does === 'follow'
          ? [kept.written, Math.min(WRITTEN.length, kept.written + each.bytes)]
          : [Math.min(each.from, each.to), Math.max(each.from, each.to)];
      kept.written = Math.max(kept.written, to);
      await reader.hear(assembly.take({ ...STREAM, offset: from, bytes: WRITTEN.subarray(from, to) }));
    }
  }
}

describe('whatever is cut, repeated, overlapping or missing on the way', () => {
  test('every byte is told once, in order, and at the end all of the archive', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (played) => {
        const [kept, reader] = [new Kept(), new Reader()];
        const assembly = new OutputAssembly(kept);
        await play(kept, assembly, reader, played);
        expect(reader.missing).toEqual([]);
        kept.archived = true;
        await reader.hear(assembly.settle(0, 1));
        expect([reader.end, reader.missing, assembly.open]).toEqual([kept.written, [], []]);
        await play(kept, assembly, reader, played);
        expect(reader.end).toBeLessThanOrEqual(kept.written);
      }),
    );
  });

  test('the part of the archive that is not kept is said to be missing, unless it was told live', async () => {
    await fc.assert(
      fc.asyncProperty(steps, place, place, async (played, offset, bytes) => {
        const [kept, reader] = [new Kept(), new Reader()];
        const assembly = new OutputAssembly(kept);
        await play(kept, assembly, reader, played);
        const told = reader.end;
        const end = Math.min(kept.written, offset + bytes);
        kept.archived = true;
        kept.cut = end > offset ? { offset, bytes: end - offset } : null;
        await reader.hear(assembly.settle(0, 1));
        const from = Math.max(told, offset);
        expect(reader.missing).toEqual(end > from ? [[from, end - from]] : []);
        expect(reader.end).toBe(kept.written);
      }),
    );
  });

  test('an attempt that was lost says so at its end, after all that is known of it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (played) => {
        const [kept, reader] = [new Kept(), new Reader()];
        const assembly = new OutputAssembly(kept);
        await play(kept, assembly, reader, played);
        const wasHeard = assembly.open.length > 0;
        const isKept = kept.live !== null && kept.live < kept.written;
        await reader.hear(assembly.settle(0, 1));
        expect(reader.missing.at(-1)).toEqual(wasHeard || isKept ? [reader.end, null] : undefined);
        if (isKept) expect(reader.end).toBe(kept.written);
      }),
    );
  });
});

test('a hole that cannot be filled is asked for once', async () => {
  const [kept, reader] = [new Kept(), new Reader()];
  const assembly = new OutputAssembly(kept);
  [kept.live, kept.written] = [100, 150];
  for (let at = 100; at < 150; at += 10)
    await reader.hear(assembly.take({ ...STREAM, offset: at, bytes: WRITTEN.subarray(at, at + 10) }));
  expect([kept.looks, reader.end]).toEqual([1, 0]);
});
