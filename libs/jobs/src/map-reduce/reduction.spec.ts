import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import type { Builtin, BuiltinReduce } from './reduce-spec.js';
import { addToReduction, MAX_COLLECTED_CHARS, mergeReductions, newReduction, type Reduction } from './reduction.js';
import { reductionAggregate } from './reduction-aggregate.js';

type Indexed = readonly (readonly [index: number, result: unknown])[];

function fold(reduce: BuiltinReduce, results: Indexed): Reduction {
  const reduction = newReduction();
  for (const [index, result] of results) addToReduction(reduction, reduce, index, result);
  return reduction;
}
const indexed = (results: readonly unknown[]): Indexed => [...results.entries()];
const aggregate = (reduce: BuiltinReduce, results: readonly unknown[]) =>
  reductionAggregate(fold(reduce, indexed(results)), reduce);

test.each<[Builtin, string | undefined, unknown[], unknown]>([
  ['sum', 'x', [{ x: 1 }, { x: 2.5 }], 3.5],
  ['sum', undefined, [0.1, 0.2, 0.3], 0.6],
  ['sum', 'x', [], 0],
  ['mean', 'a.b', [{ a: { b: 1 } }, { a: { b: 4 } }], 2.5],
  ['mean', 'x', [], null],
  ['min', 'x', [{ x: 3 }, { x: -1 }, { x: 2 }], -1],
  ['max', 'x', [{ x: -3 }, { x: -1 }], -1],
  ['max', 'x', [], null],
  ['count', undefined, [null, 1, {}], 3],
  ['count', 'x', [{ x: 0 }, { x: null }, {}, { x: false }], 2],
  ['concat', 'x', [{ x: [1, [2]] }, { x: 3 }, { x: [] }, { x: null }], [1, [2], 3, null]],
  ['concat', undefined, [[1], 'a', { b: 1 }], [1, 'a', { b: 1 }]],
  ['merge', undefined, [{ a: 1, b: 1 }, { b: 2 }], { a: 1, b: 2 }],
  ['merge', 'x', [{ x: { a: { p: 1 } } }, { x: { a: { q: 1 } } }], { a: { q: 1 } }],
])('%s of %s in %j', (builtin, field, results, value) => {
  expect(aggregate({ builtin, ...(field === undefined ? {} : { field }) }, results).value).toEqual(value);
});

test('stats has its six numbers at the top, and numbers their own names', () => {
  expect(aggregate({ builtin: 'stats', field: 'x' }, [{ x: 2 }, { x: 4 }, { x: 9 }])).toMatchObject({
    ...{ count: 3, sum: 15, mean: 5, min: 2, max: 9 },
    std: expect.closeTo(3.605551275463989, 14),
    value: { count: 3, sum: 15 },
  });
  expect(aggregate({ builtin: 'stats' }, [7])).toMatchObject({ count: 1, sum: 7, mean: 7, std: null, min: 7, max: 7 });
  expect(aggregate({ builtin: 'sum' }, [7, 8])).toMatchObject({ sum: 15, count: 2 });
});

test("stats agrees with Python's statistics module", () => {
  const numbers = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((hundredths) => hundredths / 100);
  const lists = fc.sample(fc.array(numbers, { minLength: 2, maxLength: 80 }), { numRuns: 40, seed: 3 });
  const program =
    'import json,sys,math,statistics as s; ' +
    'print(json.dumps([[math.fsum(l), s.fmean(l), s.stdev(l), min(l), max(l)] for l in json.load(sys.stdin)]))';
  const expected = JSON.parse(
    execFileSync('python3', ['-c', program], { input: JSON.stringify(lists), encoding: 'utf8' }),
  ) as number[][];
  lists.forEach((list, place) => {
    const { sum, mean, std, min, max } = aggregate({ builtin: 'stats' }, list);
    const [fsum = NaN, fmean = NaN, stdev = NaN, lowest, highest] = expected[place] ?? [];
    expect([sum, min, max]).toEqual([fsum, lowest, highest]);
    expect(mean).toBeCloseTo(fmean, 9);
    expect(std).toBeCloseTo(stdev, 8);
  });
});

test('what is no number is named by its index and left out', () => {
  expect(aggregate({ builtin: 'sum', field: 'x' }, [{ x: 1 }, { x: '2' }, null, { x: NaN }, { x: 4 }])).toMatchObject({
    value: 5,
    count: 2,
    rejected: {
      count: 3,
      results: [
        { index: 1, reason: '"x" is the string "2", not a number' },
        { index: 2, reason: 'the result has no "x"' },
        { index: 3, reason: '"x" is null, NaN or infinite' },
      ],
    },
  });
  expect(aggregate({ builtin: 'merge' }, [[1], null, { a: 1 }])).toMatchObject({
    value: { a: 1 },
    rejected: {
      results: [
        { index: 0, reason: 'the result is an array, not an object' },
        { index: 1, reason: 'no result' },
      ],
    },
  });
});

test('a merged field called __proto__ is a field', () => {
  const { value } = aggregate({ builtin: 'merge' }, [JSON.parse('{"__proto__": 1}'), { a: 2 }]);
  expect(JSON.stringify(value)).toBe('{"__proto__":1,"a":2}');
});

test('a sum beyond the doubles is null, its mean is not', () => {
  expect(aggregate({ builtin: 'stats' }, [1.5e308, 1.5e308])).toMatchObject({ sum: null, mean: 1.5e308, std: 0 });
});

test('a collection that grows too large says so and holds nothing', () => {
  const half = 'x'.repeat(MAX_COLLECTED_CHARS / 2);
  const reduction = fold({ builtin: 'concat' }, indexed([half, half, 'y']));
  expect(reduction.collected).toBeNull();
  expect(reductionAggregate(reduction, { builtin: 'concat' })).toMatchObject({
    value: null,
    count: 3,
    error: expect.stringContaining('reduce runner_command'),
  });
});

describe.each<Builtin>(['sum', 'mean', 'min', 'max', 'count', 'concat', 'merge', 'stats'])('%s', (builtin) => {
  const reduce: BuiltinReduce = { builtin, field: 'x' };
  const usable =
    builtin === 'merge' ? fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(), { maxKeys: 2 }) : fc.integer();
  const result = fc.oneof(
    { weight: 5, arbitrary: usable.map((x) => ({ x })) },
    { weight: 1, arbitrary: fc.constantFrom({}, null, { x: null }) },
  );

  test('neither order, nor grouping, nor a trip through JSON changes the aggregate', () => {
    fc.assert(
      fc.property(fc.array(result, { maxLength: 30 }), fc.nat(30), fc.nat(30), (results, x, y) => {
        const all = indexed(results);
        const [low, high] = [Math.min(x, y), Math.max(x, y)];
        const part = (from: number, to?: number) => fold(reduce, all.slice(from, to).toReversed());
        const left = part(0, low);
        mergeReductions(left, part(low, high));
        mergeReductions(left, part(high));
        const tail = part(low, high);
        mergeReductions(tail, part(high));
        const right = part(0, low);
        mergeReductions(right, tail);
        const expected = digits(reductionAggregate(fold(reduce, all), reduce));
        for (const reduction of [left, right, JSON.parse(JSON.stringify(right)) as Reduction]) {
          expect(digits(reductionAggregate(reduction, reduce))).toEqual(expected);
        }
      }),
    );
  });
});

/** Only the deviation depends on the order, in its last digits. */
function digits(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, of: unknown) =>
    key === 'std' && typeof of === 'number' ? Number(of.toPrecision(9)) : of,
  );
}
