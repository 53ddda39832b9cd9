import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { addExactly, mergeSums, noSum, sumOf, type ExactSum } from './exact-sum.js';

const exactly = (terms: readonly number[]): ExactSum => terms.reduce<ExactSum>(addExactly, noSum);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 });

test.each<[string, number[], number | null]>([
  ['nothing', [], 0],
  ['ten tenths', Array.from({ length: 10 }, () => 0.1), 1],
  ['what rounding swallows', [1e16, 1, 1, -1e16], 2],
  ['large terms that cancel', [1e100, 1, -1e100], 1],
  ['a half-way case that what is below decides', [1, 2 ** -53, 2 ** -106], 1 + 2 ** -52],
  ['a half-way case to even', [1, 2 ** -53], 1],
  ['what leaves the range', [1.7e308, 1.7e308, -1.7e308], null],
  ['what is no number', [1, NaN], null],
])('%s', (_, terms, expected) => {
  expect(sumOf(exactly(terms))).toBe(expected);
});

test('neither order nor grouping changes the sum, not in the last bit', () => {
  fc.assert(
    fc.property(fc.array(finite, { maxLength: 40 }), fc.nat(40), (terms, cut) => {
      const inOrder = sumOf(exactly(terms));
      expect(sumOf(exactly(terms.toReversed()))).toBe(inOrder);
      expect(sumOf(mergeSums(exactly(terms.slice(cut)), exactly(terms.slice(0, cut))))).toBe(inOrder);
      expect(sumOf(JSON.parse(JSON.stringify(exactly(terms))) as ExactSum)).toBe(inOrder);
    }),
  );
});

test("agrees with Python's math.fsum", () => {
  const lists = fc.sample(fc.array(finite, { maxLength: 60 }), { numRuns: 200, seed: 11 });
  const program = 'import json,math,sys; print(json.dumps([math.fsum(l) for l in json.load(sys.stdin)]))';
  const sums = JSON.parse(
    execFileSync('python3', ['-c', program], { input: JSON.stringify(lists), encoding: 'utf8' }),
  ) as number[];
  expect(lists.map((list) => sumOf(exactly(list)))).toEqual(
    sums.map((sum) => (sum === 0 ? expect.closeTo(0, 300) : sum)),
  );
});
