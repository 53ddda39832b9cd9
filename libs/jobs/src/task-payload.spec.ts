import { describe, expect, test } from '@jest/globals';
import type { TaskSpec } from '@computalot/contracts';
import fc from 'fast-check';
import type { Batch } from './batches.js';
import type { Chunk } from './chunks.js';
import { planSpec } from './plan-spec.js';
import { taskPayload } from './task-payload.js';

function allPayloads(spec: TaskSpec): Record<string, unknown>[] {
  const plan = planSpec(spec);
  if (!plan.ok) throw new Error(plan.detail);
  return Array.from({ length: plan.task_total }, (_, index) => taskPayload(spec, index));
}

describe('examples', () => {
  test('no fan-out: the payload itself', () => {
    const payload = { a: 1, _fan_out: 'mine' };
    expect(taskPayload({ payload }, 0)).toBe(payload);
  });

  test('by: a slice of one', () => {
    expect(taskPayload({ payload: { lr: 1, models: ['a', 'b'] }, fan_out: { by: 'models' } }, 1)).toEqual({
      lr: 1,
      models: ['b'],
      _fan_out: { shape: 'by', index: 1, total: 2 },
    });
  });

  test('by, batched: the last slice is what is left', () => {
    expect(taskPayload({ payload: { models: ['a', 'b', 'c'] }, fan_out: { by: 'models' }, batch_size: 2 }, 1)).toEqual({
      models: ['c'],
      _batch: { index: 1, count: 2, start: 2, size: 1, total: 3 },
      _fan_out: { shape: 'by', index: 1, total: 2 },
    });
  });

  test('items: each is the payload, the job payload is not mixed in', () => {
    expect(taskPayload({ payload: { other: 1 }, fan_out: { items: [{ x: 1 }, { x: 2 }] } }, 1)).toEqual({
      x: 2,
      _fan_out: { shape: 'items', index: 1, total: 2 },
    });
  });

  test('items, batched, also by one', () => {
    expect(taskPayload({ payload: {}, fan_out: { items: [{ x: 1 }, { x: 2 }] }, batch_size: 1 }, 0)).toEqual({
      items: [{ x: 1 }],
      _batch: { index: 0, count: 2, start: 0, size: 1, total: 2 },
      _fan_out: { shape: 'items', index: 0, total: 2 },
    });
  });

  test('chunks: the first ones take the rest', () => {
    const spec = { payload: { seed: 7, n: 'overwritten' }, fan_out: { chunks: 3, range_field: 'n', total: 11 } };
    expect(allPayloads(spec)).toEqual([
      {
        seed: 7,
        n: 4,
        _chunk: { index: 0, count: 3, start: 0, end: 4, size: 4, total: 11 },
        _fan_out: { shape: 'chunks', index: 0, total: 3 },
      },
      {
        seed: 7,
        n: 4,
        _chunk: { index: 1, count: 3, start: 4, end: 8, size: 4, total: 11 },
        _fan_out: { shape: 'chunks', index: 1, total: 3 },
      },
      {
        seed: 7,
        n: 3,
        _chunk: { index: 2, count: 3, start: 8, end: 11, size: 3, total: 11 },
        _fan_out: { shape: 'chunks', index: 2, total: 3 },
      },
    ]);
  });

  test('chunks, batched: one range, and its chunks as items', () => {
    const spec = { payload: { seed: 7 }, fan_out: { chunks: 3, range_field: 'n', total: 11 }, batch_size: 2 };
    expect(taskPayload(spec, 0)).toEqual({
      seed: 7,
      n: 8,
      _chunk: { index: 0, count: 2, start: 0, end: 8, size: 8, total: 11 },
      items: [
        { n: 4, _chunk: { index: 0, count: 3, start: 0, end: 4, size: 4, total: 11 } },
        { n: 4, _chunk: { index: 1, count: 3, start: 4, end: 8, size: 4, total: 11 } },
      ],
      _batch: { index: 0, count: 2, start: 0, size: 2, total: 3 },
      _fan_out: { shape: 'chunks', index: 0, total: 2 },
    });
  });

  test.each([-1, 2, 0.5, NaN])('there is no task %d of two', (index) => {
    expect(() => taskPayload({ payload: { m: [1, 2] }, fan_out: { by: 'm' } }, index)).toThrow(RangeError);
  });
});

describe('hostile payloads', () => {
  test('fields of the platform that a user sent give way', () => {
    const items = [{ _fan_out: 'x', _batch: 'y', keep: 1 }];
    expect(taskPayload({ payload: {}, fan_out: { items } }, 0)).toEqual({
      _fan_out: { shape: 'items', index: 0, total: 1 },
      _batch: 'y',
      keep: 1,
    });
  });

  test('a field __proto__ stays a field and pollutes nothing', () => {
    const payload = JSON.parse('{"__proto__": [{"polluted": true}, 2], "m": [1]}') as Record<string, unknown>;
    const byProto = taskPayload({ payload, fan_out: { by: '__proto__' } }, 0);
    expect(JSON.stringify(byProto)).toContain('"__proto__":[{"polluted":true}]');
    expect(Object.getPrototypeOf(byProto)).toBe(Object.prototype);
    const byOther = taskPayload({ payload, fan_out: { by: 'm' } }, 0);
    expect(JSON.stringify(byOther)).toContain('"__proto__":[{"polluted":true},2]');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

// ---- properties

const batchSize = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
const element = fc.jsonValue({ maxDepth: 1 });

function withBatch(spec: TaskSpec, batch_size: number | undefined): TaskSpec {
  return batch_size === undefined ? spec : { ...spec, batch_size };
}

describe('for any spec', () => {
  test('by: the slices joined are the array, in order, nothing lost or doubled', () => {
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 40 }), fc.string(), batchSize, (items, field, batch) => {
        const spec = withBatch({ payload: { other: 1, [field]: items }, fan_out: { by: field } }, batch);
        fc.pre(planSpec(spec).ok);
        const payloads = allPayloads(spec);
        expect(payloads.flatMap((payload) => payload[field] as unknown[])).toEqual(items);
        if (field !== 'other') expect(payloads.every((payload) => payload['other'] === 1)).toBe(true);
      }),
    );
  });

  test('items: the same, and the spec is left as it was', () => {
    const item = fc.dictionary(fc.string(), element, { maxKeys: 3 });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 40 }), batchSize, (items, batch) => {
        const spec = withBatch({ payload: {}, fan_out: { items } }, batch);
        const before = JSON.stringify(spec);
        const seen = allPayloads(spec).flatMap((payload) => {
          const { _fan_out, _batch, ...rest } = payload;
          return batch === undefined ? [rest] : rest['items'];
        });
        expect(JSON.stringify(seen)).toBe(JSON.stringify(items));
        expect(JSON.stringify(spec)).toBe(before);
      }),
    );
  });

  test('chunks: the ranges tile the whole, sizes differ by at most one, larger first, none empty', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(5_000), batchSize, (count, more, batch) => {
        const total = count + more;
        const payloads = allPayloads(
          withBatch({ payload: {}, fan_out: { chunks: count, range_field: 'n', total } }, batch),
        );
        expectTiling(payloads, total);
        const single =
          batch === undefined ? payloads : payloads.flatMap((payload) => payload['items'] as Record<string, unknown>[]);
        expectTiling(single, total);
        const sizes = single.map((payload) => payload['n'] as number);
        expect(sizes).toHaveLength(count);
        expect(sizes[0]! - sizes.at(-1)!).toBeLessThanOrEqual(1);
        expect([...sizes].sort((a, b) => b - a)).toEqual(sizes);
        expect(sizes.at(-1)).toBeGreaterThan(0);
      }),
    );
  });

  test('batches are dense and describe themselves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 12 }), (total, batch_size) => {
        const spec = { payload: { m: Array.from({ length: total }, (_, at) => at) }, fan_out: { by: 'm' }, batch_size };
        const payloads = allPayloads(spec);
        for (const [index, payload] of payloads.entries()) {
          const batch = payload['_batch'] as Batch;
          expect(batch).toMatchObject({ index, count: payloads.length, total });
          expect(payload['m']).toEqual(spec.payload.m.slice(batch.start, batch.start + batch.size));
          expect(payload['_fan_out']).toEqual({ shape: 'by', index, total: payloads.length });
        }
      }),
    );
  });
});

function expectTiling(payloads: readonly Record<string, unknown>[], total: number): void {
  let end = 0;
  for (const [index, payload] of payloads.entries()) {
    const chunk = payload['_chunk'] as Chunk;
    expect(chunk).toMatchObject({ index, count: payloads.length, start: end, size: chunk.end - chunk.start, total });
    expect(payload['n']).toBe(chunk.size);
    end = chunk.end;
  }
  expect(end).toBe(total);
}

test('the last of a million chunks of a huge range costs nothing and is exact', () => {
  const total = Number.MAX_SAFE_INTEGER;
  const payload = taskPayload({ payload: {}, fan_out: { chunks: 1_000_000, range_field: 'n', total } }, 999_999);
  expect(payload['_chunk']).toMatchObject({ end: total, start: total - (payload['n'] as number) });
});

test('a task copies its own slice only: the rest of a large payload is shared', () => {
  const table = { rows: [1, 2, 3] };
  const payload = taskPayload({ payload: { table, m: [table, 2] }, fan_out: { by: 'm' } }, 0);
  expect(payload['table']).toBe(table);
  expect((payload['m'] as unknown[])[0]).toBe(table);
});
