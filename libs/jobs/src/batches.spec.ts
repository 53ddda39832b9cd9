import { expect, test } from '@jest/globals';
import { batchOf, perItemResults } from './batches.js';

test.each([
  ['exactly one a piece', { results: [1, null] }, [1, null]],
  ['one too few', { results: [1] }, null],
  ['one too many', { results: [1, 2, 3] }, null],
  ['no array', { results: '12' }, null],
  ['no results', { result: [1, 2] }, null],
  ['an array of its own', [1, 2], null],
  ['nothing', null, null],
  ['a number', 3, null],
  ['an inherited field', Object.create({ results: [1, 2] }) as object, null],
])('results of a batch of two: %s', (_, result, expected) => {
  expect(perItemResults(result, { size: 2 })).toEqual(expected);
});

test('only a fan-out with a batch size is batched', () => {
  const spec = { payload: { m: [1, 2, 3] }, fan_out: { by: 'm' } };
  expect(batchOf(spec, 0)).toBeNull();
  expect(batchOf({ ...spec, batch_size: 2 }, 1)).toEqual({ index: 1, count: 2, start: 2, size: 1, total: 3 });
});
