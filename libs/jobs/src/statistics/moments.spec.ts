import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { addToMoments, mergeMoments, noMoments, sampleStd, type Moments } from './moments.js';

const moments = (values: readonly number[]): Moments => values.reduce(addToMoments, noMoments);
const close = (actual: number, expected: number, scale: number) => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * (Math.abs(expected) + scale));
};

test("agrees with Python's statistics module, also far from zero", () => {
  const values = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((thousandths) => thousandths / 1000);
  const lists = fc.sample(fc.array(values, { minLength: 2, maxLength: 50 }), { numRuns: 60, seed: 5 });
  const samples = [...lists, [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16], [5, 5, 5]];
  const program =
    'import json,sys,statistics as s; print(json.dumps([[s.fmean(l), s.stdev(l)] for l in json.load(sys.stdin)]))';
  const expected = JSON.parse(
    execFileSync('python3', ['-c', program], { input: JSON.stringify(samples), encoding: 'utf8' }),
  ) as [number, number][];
  samples.forEach((sample, place) => {
    const [mean, std] = expected[place] ?? [NaN, NaN];
    const spread = Math.max(...sample) - Math.min(...sample);
    close(moments(sample).mean, mean, spread);
    close(sampleStd(moments(sample)) ?? NaN, std, 1e-3 * spread);
  });
});

test('merging parts is the same as seeing all, whichever way they are grouped', () => {
  const part = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 20 });
  fc.assert(
    fc.property(part, part, part, (a, b, c) => {
      const all = moments([...a, ...b, ...c]);
      const left = mergeMoments(mergeMoments(moments(a), moments(b)), moments(c));
      const right = mergeMoments(moments(a), mergeMoments(moments(b), moments(c)));
      for (const merged of [left, right]) {
        expect(merged.count).toBe(all.count);
        close(merged.mean, all.mean, 1e6);
        close(merged.m2, all.m2, 1e6);
      }
    }),
  );
});

test('one value has no spread to speak of', () => {
  expect(sampleStd(moments([3]))).toBeNull();
  expect(sampleStd(moments([3, 3]))).toBe(0);
});
