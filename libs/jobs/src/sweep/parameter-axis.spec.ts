import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { axisOf } from './parameter-axis.js';
import type { ParameterDomain } from './sweep-spec.js';

function values(domain: ParameterDomain): unknown[] {
  const axis = axisOf(domain);
  return axis.kind === 'levels' ? Array.from({ length: axis.count }, (_, level) => axis.at(level)) : ['continuous'];
}

test.each<[string, ParameterDomain, unknown[]]>([
  ['a list of anything', [0.1, 'adam', null, { a: 1 }], [0.1, 'adam', null, { a: 1 }]],
  ['whole steps', { min: 2, max: 10, step: 2 }, [2, 4, 6, 8, 10]],
  ['steps that miss max', { min: 2, max: 9, step: 3 }, [2, 5, 8]],
  ['a step beyond max', { min: 2, max: 3, step: 5 }, [2]],
  ['tenths', { min: 0.1, max: 0.5, step: 0.1 }, [0.1, 0.2, 0.3, 0.4, 0.5]],
  ['tenths through zero', { min: -0.2, max: 0.2, step: 0.1 }, [-0.2, -0.1, 0, 0.1, 0.2]],
  ['tiny steps', { min: 1e-7, max: 3e-7, step: 1e-7 }, [1e-7, 2e-7, 3e-7]],
  ['steps of more digits than the ends', { min: 0, max: 1, step: 0.375 }, [0, 0.375, 0.75]],
  ['an even count', { min: 0, max: 1, count: 11 }, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]],
  ['whole numbers by count', { min: 2, max: 10, count: 3 }, [2, 6, 10]],
  ['powers of ten', { min: 1e-5, max: 1, log: true, count: 6 }, [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1]],
  [
    'powers of ten from end to end of the doubles',
    { min: 1e-300, max: 1e300, log: true, count: 3 },
    [1e-300, 1, 1e300],
  ],
  ['whole powers', { min: 1, max: 1024, log: true, count: 11 }, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]],
  ['a count of one', { min: 3, max: 9, count: 1 }, [3]],
  ['one value', { min: 3, max: 3, step: 1 }, [3]],
  ['digits that no power of ten holds', { min: 1e-30, max: 3e-30, step: 1e-30 }, [1e-30, 2e-30, 3e-30]],
  ['a range alone', { min: 0, max: 1 }, ['continuous']],
])('%s', (_, domain, expected) => {
  expect(values(domain)).toEqual(expected);
});

test("the contract's example of a logarithmic range: both ends, equal ratios", () => {
  const found = values({ min: 1e-5, max: 1, log: true, count: 5 }) as number[];
  expect(found[0]).toBe(1e-5);
  expect(found[4]).toBe(1);
  // numpy.geomspace(1e-5, 1, 5) of NumPy 2
  [1e-5, 1.7782794100389227e-4, 3.1622776601683794e-3, 5.6234132519034905e-2, 1].forEach((value, level) => {
    expect((found[level] ?? 0) / value).toBeCloseTo(1, 11);
  });
});

test('decimal steps are what a decimal calculator says, and none is missing or too much', () => {
  const range = fc.record({
    from: fc.integer({ min: -100_000, max: 100_000 }),
    step: fc.integer({ min: 1, max: 5_000 }),
    count: fc.integer({ min: 1, max: 60 }),
    digits: fc.integer({ min: 0, max: 6 }),
  });
  fc.assert(
    fc.property(range, ({ from, step, count, digits }) => {
      const decimal = (units: number) => Number(`${units}e-${digits}`);
      const max = decimal(from + step * (count - 1));
      expect(values({ min: decimal(from), max, step: decimal(step) })).toEqual(
        Array.from({ length: count }, (_, level) => decimal(from + step * level)),
      );
    }),
  );
});

test('a continuous axis stays within its ends', () => {
  const axis = axisOf({ min: 1e-3, max: 1e3, log: true });
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
      const value = axis.kind === 'continuous' ? axis.at(share) : NaN;
      expect(value).toBeGreaterThanOrEqual(1e-3);
      expect(value).toBeLessThanOrEqual(1e3);
    }),
  );
});
