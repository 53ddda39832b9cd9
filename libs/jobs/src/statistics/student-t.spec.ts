import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tQuantile, tTwoSidedP } from './student-t.js';

const relative = (actual: number, expected: number) => Math.abs(actual - expected) / Math.abs(expected);

describe('quantiles', () => {
  // scipy.stats.t.ppf of SciPy 1.17.1 at 0.975, 0.995 and 0.6
  test.each([
    [1, 12.706204736174694, 63.656741162871526, 0.32491969623290634],
    [2, 4.302652729749462, 9.924843200918287, 0.2886751345948128],
    [3, 3.1824463052837078, 5.840909309733355, 0.2766706623326898],
    [4, 2.7764451051977934, 4.604094871349992, 0.2707222947075976],
    [5, 2.5705818356363146, 4.032142983555228, 0.2671808657041451],
    [9, 2.262157162798205, 3.249835541592126, 0.260955336473911],
    [10, 2.228138851986274, 3.16927267261695, 0.2601848294920803],
    [29, 2.045229642132703, 2.756385903670605, 0.25568363457125604],
    [30, 2.0422724563012378, 2.7499956535672254, 0.2556053649519128],
    [99, 1.9842169515864174, 2.626405457280827, 0.25402901215180673],
    [100, 1.9839715185235518, 2.6258905214380173, 0.25402218245822766],
    [1000, 1.9623390808264083, 2.580754698065951, 0.25341451583949876],
    [999_999, 1.9599663568164791, 2.5758342201102504, 0.25334717053790906],
  ])('%d degrees of freedom, as SciPy', (df, q975, q995, q600) => {
    expect(relative(tQuantile(0.975, df), q975)).toBeLessThan(1e-11);
    expect(relative(tQuantile(0.995, df), q995)).toBeLessThan(1e-11);
    expect(relative(tQuantile(0.6, df), q600)).toBeLessThan(1e-11);
  });

  // NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2, columns 0.90 and 0.95 and 0.999
  test.each([
    [1, 3.078, 6.314, 318.313],
    [6, 1.44, 1.943, 5.208],
    [20, 1.325, 1.725, 3.552],
    [60, 1.296, 1.671, 3.232],
  ])('%d degrees of freedom, as printed', (df, q900, q950, q999) => {
    expect(tQuantile(0.9, df)).toBeCloseTo(q900, 2.9);
    expect(tQuantile(0.95, df)).toBeCloseTo(q950, 2.9);
    expect(relative(tQuantile(0.999, df), q999)).toBeLessThan(2e-4);
  });

  test('are symmetric, and the median is 0', () => {
    expect(tQuantile(0.5, 7)).toBe(0);
    expect(tQuantile(0.1, 7)).toBe(-tQuantile(1 - 0.1, 7));
  });
});

describe('two-sided p-values', () => {
  // 2 * scipy.stats.t.sf(t, df) of SciPy 1.17.1
  test.each([
    [0.1, 1, 0.936548965138893],
    [1, 1, 0.5],
    [2.5, 4, 0.06676654481198814],
    [12, 3, 0.0012450158007893362],
    [1.96, 1_000_000, 0.04999606758526985],
    [40, 9, 1.8982998449339822e-11],
    [0.001, 7, 0.9992300172449988],
    [6, 50, 2.1889394850799978e-7],
    [30, 200, 5.724161208827853e-76],
    [2, 2, 0.18350341907227397],
  ])('t = %d with %d degrees of freedom, as SciPy', (t, df, p) => {
    expect(relative(tTwoSidedP(t, df), p)).toBeLessThan(1e-10);
    expect(tTwoSidedP(-t, df)).toBe(tTwoSidedP(t, df));
  });

  test.each([
    [0, 1],
    [Infinity, 0],
    [1e200, 0],
  ])('t = %d leaves no doubt', (t, p) => {
    expect(tTwoSidedP(t, 5)).toBe(p);
  });

  test('undo the quantile', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 0.4999, noNaN: true }),
        fc.integer({ min: 1, max: 100_000 }),
        (tail, df) => {
          expect(relative(tTwoSidedP(tQuantile(tail, df), df), 2 * tail)).toBeLessThan(1e-9);
        },
      ),
    );
  });
});
