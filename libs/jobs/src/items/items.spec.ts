import { describe, expect, test } from '@jest/globals';
import type { TaskSpec } from '@computalot/contracts';
import fc from 'fast-check';
import { planJob } from '../plan-job.js';
import { taskPayload } from '../task-payload.js';
import { itemLinesOf, type ItemLine } from './item-lines.js';
import { PartSizes } from './part-sizes.js';
import { specPartOf, specPartText } from './spec-part.js';

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function linesOf(bytes: Buffer | string, sizes: readonly number[] = [7], maxBytes = 100): Promise<ItemLine[]> {
  const lines: ItemLine[] = [];
  for await (const some of itemLinesOf(cut(Buffer.from(bytes), sizes), maxBytes)) lines.push(...some);
  return lines;
}
const textsOf = async (text: string, sizes?: readonly number[]) =>
  (await linesOf(text, sizes)).map(({ number, text: line }) => [number, line]);

describe('lines', () => {
  test.each<[string, string, [number, string][]]>([
    [
      'with and without a last newline',
      'a\nb',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    [
      'of Windows',
      'a\r\nb\r\n',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    [
      'that are blank count, and are none',
      '\n a \n\t\n\nb\n',
      [
        [2, 'a'],
        [5, 'b'],
      ],
    ],
    ['after a byte order mark', '\ufeffa\n', [[1, 'a']]],
    ['of nothing', '', []],
  ])('%s', async (_name, text, lines) => expect(await textsOf(text)).toEqual(lines));

  test('property: are the same however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 9 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (parts, sizes) => {
          const text = parts.join('\n');
          expect(await textsOf(text, sizes)).toEqual(await textsOf(text, [1_000_000]));
        },
      ),
    );
  });

  test('name the one that is too long or not UTF-8, before more of it is held', async () => {
    await expect(linesOf(`a\n${'x'.repeat(101)}`)).rejects.toMatchObject({
      code: 'invalid_items',
      detail: 'line 2 is longer than 100 bytes',
    });
    expect(await linesOf(`a\n${'x'.repeat(100)}\n`)).toHaveLength(2);
    await expect(linesOf(Buffer.from([0x61, 0x0a, 0xff, 0x0a]))).rejects.toMatchObject({
      detail: 'line 2 is not UTF-8',
    });
  });
});

describe('parts', () => {
  test.each([
    [[10, 10, 10, 10, 10], 1, 20, 2, 10],
    [[10, 10, 10, 10, 10], 1, 50, 2 ** 20, 10],
    [[10, 10, 10, 10, 10], 2, 40, 2, 20],
    [[1, 1, 1, 1, 30, 1], 1, 31, 4, 30],
    [[50], 1, 20, 1, 50],
  ])('%j in tasks of %d within %d bytes have %d tasks', (bytes, batchSize, maxBytes, tasks, largestTask) => {
    const sizes = new PartSizes(batchSize);
    for (const each of bytes) sizes.add(each);
    expect([sizes.tasksWithin(maxBytes), sizes.largestTask, sizes.itemTotal]).toEqual([
      tasks,
      largestTask,
      bytes.length,
    ]);
  });

  test('property: every task gets from its part what it would get from all the items', () => {
    const items = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 30 });
    const batches = fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined });
    fc.assert(
      fc.property(items, batches, fc.integer({ min: 1, max: 9 }), (all, batchSize, tasks) => {
        const texts = all.map((item) => JSON.stringify(item));
        const submission = { fan_out: { items: texts.map((text) => JSON.parse(text) as unknown) } };
        const batched = batchSize === undefined ? submission : { ...submission, batch_size: batchSize };
        const whole = planJob(batched);
        if (!whole.ok) throw new Error(whole.detail);
        const counted = planJob({ ...batched, fan_out: { items_artifact: 'art_1' } }, all.length);
        expect(counted).toMatchObject({ task_total: whole.task_total, item_total: whole.item_total });
        const width = tasks * (batchSize ?? 1);
        for (let index = 0; index < whole.task_total; index++) {
          const start = specPartOf(index, tasks) * width;
          const slice = texts.slice(start, start + width);
          const part = JSON.parse(
            specPartText(slice, { start, total: all.length, batchSize, payload: {} }),
          ) as TaskSpec;
          expect(taskPayload(part, index)).toEqual(taskPayload(whole.spec, index));
          for (const other of [index - tasks, index + tasks])
            expect(() => taskPayload(part, other)).toThrow(RangeError);
        }
      }),
    );
  });

  test('are needed: the spec itself has no items', () => {
    const counted = planJob({ fan_out: { items_artifact: 'art_1' } }, 3);
    if (!counted.ok) throw new Error(counted.detail);
    expect(() => taskPayload(counted.spec, 0)).toThrow(RangeError);
    expect(planJob({ fan_out: { items_artifact: 'art_1' } }, 0)).toMatchObject({
      ok: false,
      code: 'fan_out_empty',
      pointer: '/fan_out/items_artifact',
    });
  });
});
