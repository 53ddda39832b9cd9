import { describe, expect, test } from '@jest/globals';
import type { TaskSpec } from '@computalot/contracts';
import { MAX_TASKS_PER_JOB, planSpec } from './plan-spec.js';

describe('sizes', () => {
  test.each<[string, TaskSpec, number, number, string | null]>([
    ['no fan-out', { payload: {} }, 1, 1, null],
    ['by', { payload: { m: [1, 2, 3] }, fan_out: { by: 'm' } }, 3, 3, 'by'],
    ['by, batched with a rest', { payload: { m: [1, 2, 3] }, fan_out: { by: 'm' }, batch_size: 2 }, 2, 3, 'by'],
    ['items', { payload: {}, fan_out: { items: [{}, {}] } }, 2, 2, 'items'],
    ['a batch larger than all', { payload: {}, fan_out: { items: [{}, {}] }, batch_size: 9 }, 1, 2, 'items'],
    ['chunks', { payload: {}, fan_out: { chunks: 20, range_field: 'n', total: 20 } }, 20, 20, 'chunks'],
    [
      'chunks, batched',
      { payload: {}, fan_out: { chunks: 20, range_field: 'n', total: 99 }, batch_size: 6 },
      4,
      20,
      'chunks',
    ],
    [
      'a million chunks',
      { payload: {}, fan_out: { chunks: 1_000_000, range_field: 'n', total: 2 ** 50 } },
      1_000_000,
      1_000_000,
      'chunks',
    ],
    [
      'a field named __proto__',
      { payload: JSON.parse('{"__proto__": [1, 2]}'), fan_out: { by: '__proto__' } },
      2,
      2,
      'by',
    ],
    [
      'items called what an array is called',
      { payload: { items: [1] }, fan_out: { chunks: 2, range_field: 'n', total: 2 } },
      2,
      2,
      'chunks',
    ],
  ])('%s', (_, spec, task_total, item_total, shape) => {
    expect(planSpec(spec)).toEqual({ ok: true, task_total, item_total, shape });
  });
});

const chunks = (more: object): TaskSpec => ({
  payload: {},
  fan_out: { chunks: 4, range_field: 'n', total: 8, ...more },
});

describe('faults', () => {
  test.each<[string, TaskSpec, string, string]>([
    ['by names nothing', { payload: {}, fan_out: { by: 'm' } }, 'fan_out_by_not_an_array', '/fan_out/by'],
    ['by names no array', { payload: { m: {} }, fan_out: { by: 'm' } }, 'fan_out_by_not_an_array', '/fan_out/by'],
    [
      'by names what objects inherit',
      { payload: {}, fan_out: { by: 'constructor' } },
      'fan_out_by_not_an_array',
      '/fan_out/by',
    ],
    [
      'by names an empty array',
      { payload: { 'a/b~': [] }, fan_out: { by: 'a/b~' } },
      'fan_out_empty',
      '/payload/a~1b~0',
    ],
    [
      'by names a field of the platform',
      { payload: { _batch: [1] }, fan_out: { by: '_batch' } },
      'reserved_field',
      '/fan_out/by',
    ],
    ['no items', { payload: {}, fan_out: { items: [] } }, 'fan_out_empty', '/fan_out/items'],
    [
      'an item that is no object',
      { payload: {}, fan_out: { items: [{}, [] as never] } },
      'fan_out_item_not_an_object',
      '/fan_out/items/1',
    ],
    ['more chunks than total', chunks({ chunks: 9 }), 'more_chunks_than_total', '/fan_out/chunks'],
    ['no chunks', chunks({ chunks: 0 }), 'invalid_chunks', '/fan_out/chunks'],
    ['a broken number of chunks', chunks({ chunks: 1.5 }), 'invalid_chunks', '/fan_out/chunks'],
    ['a total that cannot be counted', chunks({ total: 2 ** 60 }), 'invalid_chunks', '/fan_out/total'],
    ['a range field of the platform', chunks({ range_field: '_chunk' }), 'reserved_field', '/fan_out/range_field'],
    [
      'batched chunks over a field items',
      { ...chunks({}), payload: { items: 1 }, batch_size: 2 },
      'reserved_field',
      '/payload/items',
    ],
    [
      'batched chunks into a field items',
      { ...chunks({ range_field: 'items' }), batch_size: 2 },
      'reserved_field',
      '/fan_out/range_field',
    ],
    ['too many tasks', chunks({ chunks: MAX_TASKS_PER_JOB + 1, total: 2 ** 40 }), 'too_many_tasks', '/fan_out'],
    ['a batch of nothing', { payload: {}, batch_size: 3 }, 'batch_without_fan_out', '/batch_size'],
    ['an empty batch', { ...chunks({}), batch_size: 0 }, 'invalid_batch_size', '/batch_size'],
  ])('%s', (_, spec, code, pointer) => {
    expect(planSpec(spec)).toMatchObject({ ok: false, code, pointer, detail: expect.stringMatching(/\.$/) });
  });
});
