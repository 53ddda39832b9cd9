import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planSweep } from './plan-sweep.js';
import { sobolBits } from './sobol.js';
import { sweepPayload, sweepPointAt, sweepTotal } from './sweep-point.js';
import type { SweepSpec } from './sweep-spec.js';

const domain = fc.oneof(
  fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 6 }),
  fc.record({
    min: fc.integer({ min: 0, max: 9 }),
    max: fc.integer({ min: 10, max: 20 }),
    step: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({
    min: fc.constant(0.001),
    max: fc.constant(10),
    log: fc.boolean(),
    count: fc.integer({ min: 2, max: 6 }),
  }),
);
const grid: fc.Arbitrary<SweepSpec> = fc.record({
  parameters: fc.dictionary(fc.string(), domain, { minKeys: 1, maxKeys: 4 }),
});
const all = (sweep: SweepSpec) => Array.from({ length: sweepTotal(sweep) }, (_, index) => sweepPointAt(sweep, index));

describe('a grid', () => {
  test('has every combination once, the last parameter fastest', () => {
    expect(all({ parameters: { b: ['x', 'y'], a: { min: 1, max: 3, step: 1 } } })).toEqual([
      { b: 'x', a: 1 },
      { b: 'x', a: 2 },
      { b: 'x', a: 3 },
      { b: 'y', a: 1 },
      { b: 'y', a: 2 },
      { b: 'y', a: 3 },
    ]);
  });

  test('indices are dense and no two points are the same', () => {
    fc.assert(
      fc.property(grid, (sweep) => {
        const planned = planSweep(sweep);
        const points = all(sweep);
        expect(planned).toMatchObject({ ok: true, task_total: points.length });
        expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(points.length);
        expect(() => sweepPointAt(sweep, points.length)).toThrow(RangeError);
        expect(() => sweepPointAt(sweep, -1)).toThrow(RangeError);
      }),
      { numRuns: 50 },
    );
  });
});

const drawn: SweepSpec = {
  parameters: { lr: { min: 1e-4, max: 1, log: true }, depth: { min: 2, max: 10, step: 2 }, kind: ['a', 'b', 'c'] },
  mode: 'random',
  samples: 3000,
  seed: 7,
};

describe.each(['random', 'sobol'] as const)('%s', (mode) => {
  const sweep = { ...drawn, mode };

  test('covers levels evenly, logarithms by their ratio, and stays within the ranges', () => {
    const points = all(sweep);
    const share = (test_: (point: Record<string, unknown>) => boolean) => points.filter(test_).length / points.length;
    for (const kind of ['a', 'b', 'c']) expect(share((point) => point.kind === kind)).toBeCloseTo(1 / 3, 1);
    for (const depth of [2, 4, 6, 8, 10]) expect(share((point) => point.depth === depth)).toBeCloseTo(0.2, 1);
    expect(share(({ lr }) => (lr as number) < 0.01)).toBeCloseTo(0.5, 1);
    expect(points.every(({ lr }) => (lr as number) >= 1e-4 && (lr as number) <= 1)).toBe(true);
  });

  test('is a function of seed and index', () => {
    expect(sweepPointAt(JSON.parse(JSON.stringify(sweep)) as SweepSpec, 1234)).toEqual(sweepPointAt(sweep, 1234));
    expect(sweepPointAt({ ...sweep, seed: 8 }, 1234)).not.toEqual(sweepPointAt(sweep, 1234));
    expect(sweepPointAt({ ...sweep, samples: 5000 }, 1234)).toEqual(sweepPointAt(sweep, 1234));
  });

  test('draws parameters apart from each other', () => {
    const pair: SweepSpec = {
      parameters: { a: { min: 0, max: 1 }, b: { min: 0, max: 1 } },
      mode,
      samples: 500,
      seed: 3,
    };
    expect(all(pair).some(({ a, b }) => Math.abs((a as number) - (b as number)) > 0.5)).toBe(true);
  });
});

test('Sobol without a seed is the plain sequence', () => {
  const plain: SweepSpec = { parameters: { a: { min: 0, max: 8 }, b: { min: 0, max: 8 } }, mode: 'sobol', samples: 4 };
  expect(all(plain)).toEqual([
    { a: 0, b: 0 },
    { a: 4, b: 4 },
    { a: 6, b: 2 },
    { a: 2, b: 6 },
  ]);
});

test('shifted by a seed, Sobol points still fill every interval', () => {
  const sweep: SweepSpec = { parameters: { a: { min: 0, max: 256 } }, mode: 'sobol', samples: 256, seed: 5 };
  expect(new Set(all(sweep).map(({ a }) => Math.floor(a as number))).size).toBe(256);
});

test('the shift is digital: it flips the same bits of every point', () => {
  const sweep: SweepSpec = { parameters: { a: { min: 0, max: 2 ** 32 } }, mode: 'sobol', samples: 64, seed: 5 };
  const [first = 0, ...others] = all(sweep).map(({ a }) => a as number);
  expect(others.map((bits) => (bits ^ first) >>> 0)).toEqual(others.map((_, place) => sobolBits(place + 1, 0)));
});

test('random points are less even than Sobol points', () => {
  const cells = (mode: 'random' | 'sobol') =>
    new Set(
      all({ parameters: { a: { min: 0, max: 256 } }, mode, samples: 256, seed: 5 }).map(({ a }) =>
        Math.floor(a as number),
      ),
    ).size;
  expect(cells('random')).toBeLessThan(220);
});

test('the point lies over the payload and is repeated in _sweep', () => {
  const sweep: SweepSpec = { parameters: JSON.parse('{"lr": [1, 2], "__proto__": [3]}') as SweepSpec['parameters'] };
  const payload = sweepPayload({ lr: 0, data: 'd', _sweep: 'mine' }, sweep, 1);
  const parameters = JSON.parse('{"lr": 2, "__proto__": 3}') as object;
  expect(JSON.parse(JSON.stringify(payload))).toEqual({
    ...parameters,
    data: 'd',
    _sweep: { index: 1, total: 2, parameters },
  });
  expect(Object.hasOwn(payload, '__proto__')).toBe(true);
});
