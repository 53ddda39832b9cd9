import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addReason, MAX_REASONS, mergeReasons, noReasons } from './first-reasons.js';

test('keeps the first by index and counts all, in whatever order they come', () => {
  const shuffled = fc.shuffledSubarray(
    Array.from({ length: 3 * MAX_REASONS }, (_, index) => index),
    { minLength: 2 * MAX_REASONS },
  );
  fc.assert(
    fc.property(shuffled, fc.nat(200), (indices, cut) => {
      const fold = (some: readonly number[]) =>
        some.reduce((reasons, index) => addReason(reasons, { index, reason: `r${index}` }), noReasons);
      const expected = indices.toSorted((a, b) => a - b).slice(0, MAX_REASONS);
      for (const reasons of [fold(indices), mergeReasons(fold(indices.slice(cut)), fold(indices.slice(0, cut)))]) {
        expect(reasons.count).toBe(indices.length);
        expect(reasons.first.map(({ index }) => index)).toEqual(expected);
      }
    }),
    { numRuns: 20 },
  );
});
