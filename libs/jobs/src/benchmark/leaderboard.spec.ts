import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addBenchmarkRun,
  mergeBenchmarkProgress,
  noBenchmarkProgress,
  type BenchmarkProgress,
  type RunOutcome,
} from './benchmark-progress.js';
import { benchmarkTotal } from './benchmark-run.js';
import type { BenchmarkSpec } from './benchmark-spec.js';
import { aggregateBenchmark, benchmarkAggregate, benchmarkAliases } from './leaderboard.js';

const benchmarkOf = (names: readonly string[], blocks: number, goal: 'minimize' | 'maximize'): BenchmarkSpec => ({
  strategies: names.map((name) => ({ name })),
  cases: Array.from({ length: blocks }, () => ({})),
  objective: { metric: 'm', goal },
});

/** One row of values per strategy, one column per block. */
const outcomesOf = (rows: readonly (readonly unknown[])[]): RunOutcome[] =>
  (rows[0] ?? []).flatMap((_, block) =>
    rows.map((row, strategy): RunOutcome => {
      const index = block * rows.length + strategy;
      const m = row[block];
      return m === 'broken'
        ? { index, status: 'failed', reason: 'exit 1' }
        : { index, status: 'completed', result: { m } };
    }),
  );

const rows = [
  [10, 12, 9, 14, 11, 13],
  [9, 10.5, 9.5, 12, 10, 11],
  [10.2, 11.9, 8.7, 14.1, 11.3, 12.9],
];

describe('three strategies on six cases', () => {
  const aggregate = aggregateBenchmark(benchmarkOf(['a', 'b', 'c'], 6, 'minimize'), outcomesOf(rows));
  const entry = (name: string) => aggregate.leaderboard.find((of) => of.name === name);

  // mean, std(ddof=1), t.interval and ttest_rel of NumPy and SciPy 1.17.1 on the rows above
  test.each([
    ['a', 11.5, 1.8708286933869707, 9.536685693019676, 13.463314306980324],
    ['b', 10.333333333333334, 1.0801234497346435, 9.1998132896944, 11.466853376972267],
    ['c', 11.516666666666667, 1.9208505060692955, 9.500857686685311, 13.532475646648024],
  ])('%s: mean, deviation and interval as SciPy', (name, mean, std, low, high) => {
    expect(entry(name)).toMatchObject({ n: 6, failed: 0 });
    expect(entry(name)?.mean).toBeCloseTo(mean, 11);
    expect(entry(name)?.std).toBeCloseTo(std, 11);
    expect(entry(name)?.ci95?.low).toBeCloseTo(low, 11);
    expect(entry(name)?.ci95?.high).toBeCloseTo(high, 11);
  });

  test.each([
    ['a', 1.1666666666666667, 0.027793195443333175, 0.05558639088666635, 0.189695254267081, 2.1436380790662524],
    ['c', 1.1833333333333333, 0.03787801772867085, 0.05558639088666635, 0.09795776764665698, 2.2687088990200097],
  ])('%s: paired difference to the best as SciPy', (name, mean, p, pHolm, low, high) => {
    const difference = entry(name)?.difference_to_best;
    expect(difference).toMatchObject({ n: 6, significant: true });
    expect(difference?.mean).toBeCloseTo(mean, 11);
    expect(difference?.p_value).toBeCloseTo(p, 11);
    expect(difference?.p_value_holm).toBeCloseTo(pHolm, 11);
    expect(difference?.ci95?.low).toBeCloseTo(low, 11);
    expect(difference?.ci95?.high).toBeCloseTo(high, 11);
  });

  test('order, wins and the best', () => {
    expect(aggregate.leaderboard.map(({ rank, name, wins }) => [rank, name, wins])).toEqual([
      [1, 'b', 5],
      [2, 'a', 0],
      [3, 'c', 1],
    ]);
    expect(aggregate).toMatchObject({ compared: 6, runs: { total: 18, completed: 18, failed: 0 } });
    expect(aggregate.best).toMatchObject({ name: 'b', difference_to_best: null });
    expect(benchmarkAliases(aggregate)).toEqual({ best: aggregate.best, leaderboard: aggregate.leaderboard });
  });

  test('maximising turns order, wins and the sign', () => {
    const most = aggregateBenchmark(benchmarkOf(['a', 'b', 'c'], 6, 'maximize'), outcomesOf(rows));
    expect(most.leaderboard.map(({ name, wins }) => [name, wins])).toEqual([
      ['c', 3],
      ['a', 2],
      ['b', 1],
    ]);
    const difference = most.leaderboard[1]?.difference_to_best;
    expect(difference?.mean).toBeCloseTo(-0.016666666666666607, 11);
    expect(difference?.p_value).toBeCloseTo(0.8618488154751508, 11);
    expect(difference?.significant).toBe(false);
  });
});

test('failures and missing metrics are counted, and only blocks with both values are paired', () => {
  const spec = benchmarkOf(['a', 'b', 'none'], 4, 'maximize');
  const aggregate = aggregateBenchmark(
    spec,
    outcomesOf([
      [5, 6, 'broken', 9],
      [4, 6, 5, null],
      ['broken', 'broken', 'broken', undefined],
    ]),
  );
  expect(aggregate.leaderboard).toMatchObject([
    { name: 'a', n: 3, failed: 1, wins: 3, difference_to_best: null },
    { name: 'b', n: 3, failed: 1, wins: 2, difference_to_best: { n: 2, mean: -0.5, significant: false } },
    { name: 'none', n: 0, failed: 4, mean: null, std: null, ci95: null, wins: 0, difference_to_best: null },
  ]);
  expect(aggregate.failed_runs.count).toBe(6);
  expect(aggregate.failed_runs.runs[0]).toEqual({ index: 2, strategy: 'none', case: 0, repeat: 0, reason: 'exit 1' });
  expect(aggregate.failed_runs.runs.at(-1)).toMatchObject({ strategy: 'none', reason: 'the result has no "m"' });
});

test('with nothing yet there is no best', () => {
  const spec = benchmarkOf(['a', 'b'], 2, 'maximize');
  const aggregate = aggregateBenchmark(spec, []);
  expect(aggregate).toMatchObject({ best: null, compared: 0 });
  expect(aggregate.leaderboard.map(({ name, mean }) => [name, mean])).toEqual([
    ['a', null],
    ['b', null],
  ]);
});

test('values that always differ by the same are significant; equal ones are not, and share their wins', () => {
  const spec = benchmarkOf(['best', 'equal', 'worse'], 3, 'maximize');
  const { leaderboard } = aggregateBenchmark(
    spec,
    outcomesOf([
      [1, 2, 3],
      [1, 2, 3],
      [0, 1, 2],
    ]),
  );
  expect(leaderboard).toMatchObject([
    { name: 'best', wins: 3 },
    { name: 'equal', wins: 3, difference_to_best: { mean: 0, p_value: 1, significant: false } },
    {
      name: 'worse',
      wins: 0,
      difference_to_best: { mean: -1, p_value: 0, significant: true, ci95: { low: -1, high: -1 } },
    },
  ]);
});

test('equal means share their place whatever order the runs come in: running means of these differ in their last digit', () => {
  const spec = benchmarkOf(['a', 'b'], 3, 'minimize');
  const outcomes = outcomesOf([
    [26, 32, 4],
    [5, 9, 48],
  ]);
  fc.assert(
    fc.property(fc.shuffledSubarray(outcomes, { minLength: 6, maxLength: 6 }), (shuffled) => {
      const { leaderboard } = aggregateBenchmark(spec, shuffled);
      expect(leaderboard.map(({ name, mean }) => [name, mean])).toEqual([
        ['a', 62 / 3],
        ['b', 62 / 3],
      ]);
    }),
  );
});

test('neither the order of the runs, nor merging, nor a trip through JSON changes the result', () => {
  const spec = benchmarkOf(['a', 'b', 'c', 'd'], 8, 'minimize');
  const total = benchmarkTotal(spec);
  // whole numbers: sums without rounding, so that equal means equal
  const value = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constantFrom('broken', null));
  const table = fc.array(fc.array(value, { minLength: 8, maxLength: 8 }), { minLength: 4, maxLength: 4 });
  const fold = (some: readonly RunOutcome[]): BenchmarkProgress => {
    const progress = noBenchmarkProgress(spec);
    for (const outcome of some) addBenchmarkRun(progress, spec, outcome);
    return progress;
  };
  const merged = (...parts: BenchmarkProgress[]): BenchmarkProgress => {
    const [first = noBenchmarkProgress(spec), ...others] = structuredClone(parts);
    for (const other of others) mergeBenchmarkProgress(first, spec, other);
    return first;
  };
  fc.assert(
    fc.property(
      table,
      fc.shuffledSubarray(
        Array.from({ length: total }, (_, n) => n),
        { minLength: total },
      ),
      fc.nat(total),
      fc.nat(total),
      (values, order, x, y) => {
        const inOrder = outcomesOf(values);
        const expected = rounded(aggregateBenchmark(spec, inOrder));
        const shuffled = order.flatMap((index) => inOrder[index] ?? []);
        const [low, high] = [Math.min(x, y), Math.max(x, y)];
        const [a, b, c] = [fold(shuffled.slice(0, low)), fold(shuffled.slice(low, high)), fold(shuffled.slice(high))];
        for (const progress of [fold(shuffled), merged(merged(a, b), c), merged(a, merged(b, c))]) {
          const stored = JSON.parse(JSON.stringify(progress)) as BenchmarkProgress;
          expect(progress.open).toEqual({});
          expect(rounded(benchmarkAggregate(stored, spec))).toEqual(expected);
        }
      },
    ),
    { numRuns: 60 },
  );
});

/** Nine digits: the order of the runs shows in the last ones. */
function rounded(aggregate: ReturnType<typeof aggregateBenchmark>): unknown {
  return JSON.parse(JSON.stringify(aggregate), (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) + 0 : value,
  );
}
