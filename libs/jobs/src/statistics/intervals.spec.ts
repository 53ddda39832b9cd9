import { expect, test } from '@jest/globals';
import { ci95, holm, pOfMeanZero } from './intervals.js';
import { addToMoments, noMoments } from './moments.js';

const moments = (values: readonly number[]) => values.reduce(addToMoments, noMoments);

test('a confidence interval as SciPy gives it', () => {
  // scipy.stats.t.interval(.95, 4, loc=mean, scale=sem) of SciPy 1.17.1
  const interval = ci95(moments([3.1, 2.9, 4.2, 3.8, 5.0]));
  expect(interval?.low).toBeCloseTo(2.742761201896357, 11);
  expect(interval?.high).toBeCloseTo(4.8572387981036425, 11);
});

test('a paired t test as SciPy gives it', () => {
  // scipy.stats.ttest_rel([3.1,2.9,4.2,3.8,5.0], [2.8,3.0,3.9,3.1,4.4]) of SciPy 1.17.1
  const differences = moments([3.1 - 2.8, 2.9 - 3.0, 4.2 - 3.9, 3.8 - 3.1, 5.0 - 4.4]);
  expect(pOfMeanZero(differences)).toBeCloseTo(0.061885249348904436, 11);
  expect(ci95(differences)?.low).toBeCloseTo(-0.028702314727690914, 11);
  expect(ci95(differences)?.high).toBeCloseTo(0.7487023147276909, 11);
});

test.each([
  ['one value', [4], null, null],
  ['none', [], null, null],
  ['values that do not vary', [4, 4, 4], { low: 4, high: 4 }, 0],
  ['nothing but zero', [0, 0], { low: 0, high: 0 }, 1],
])('%s', (_, values, interval, p) => {
  expect(ci95(moments(values))).toEqual(interval);
  expect(pOfMeanZero(moments(values))).toBe(p);
});

test('Holm: the smallest p is multiplied by all, and none falls below one before it', () => {
  // worked by hand: sorted 0.005 0.01 0.03 0.04, times 4 3 2 1, then running maximum
  const adjusted = holm([0.01, 0.04, null, 0.03, 0.005]);
  [0.03, 0.06, null, 0.06, 0.02].forEach((expected, place) => {
    if (expected === null) expect(adjusted[place]).toBeNull();
    else expect(adjusted[place]).toBeCloseTo(expected, 15);
  });
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
});
