import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addSweepPoint,
  aggregateSweep,
  mergeSweepProgress,
  noSweepProgress,
  sweepAggregate,
  type PointOutcome,
  type SweepProgress,
} from './aggregate-sweep.js';
import { sweepTotal } from './sweep-point.js';
import type { SweepSpec } from './sweep-spec.js';

const sweep: SweepSpec = {
  parameters: { lr: [0.1, 0.2], depth: { min: 1, max: 3, step: 1 } },
  objective: { metric: 'scores.loss', goal: 'minimize' },
};
type Ended = { readonly result?: unknown; readonly reason?: string };
const done = (index: number, loss: unknown): PointOutcome => ({
  index,
  status: 'completed',
  result: { scores: { loss } },
});

describe('six points', () => {
  const outcomes = [
    done(0, 5),
    done(1, 3),
    done(2, NaN),
    { index: 3, status: 'failed', reason: 'exit 1' } as const,
    done(4, 3),
    { index: 5, status: 'completed', result: null } as const,
  ];

  test('best, means by value, and what failed with its reason', () => {
    const aggregate = aggregateSweep(sweep, outcomes);
    expect(aggregate.points).toEqual({ total: 6, completed: 3, failed: 3 });
    expect(aggregate.best).toEqual({ index: 1, metric: 3, parameters: { lr: 0.1, depth: 2 } });
    expect(aggregate.top.map(({ index }) => index)).toEqual([1, 4, 0]);
    expect(aggregate.marginal_means).toEqual({
      lr: [
        { value: 0.1, count: 2, mean: 4 },
        { value: 0.2, count: 1, mean: 3 },
      ],
      depth: [
        { value: 1, count: 1, mean: 5 },
        { value: 2, count: 2, mean: 3 },
      ],
    });
    expect(aggregate.failed_points).toEqual({
      count: 3,
      points: [
        { index: 2, reason: '"scores.loss" is null, NaN or infinite', parameters: { lr: 0.1, depth: 3 } },
        { index: 3, reason: 'exit 1', parameters: { lr: 0.2, depth: 1 } },
        { index: 5, reason: 'the result has no "scores.loss"', parameters: { lr: 0.2, depth: 3 } },
      ],
    });
  });

  test('maximising turns the ranking', () => {
    const most = { ...sweep, objective: { metric: 'scores.loss', goal: 'maximize' } as const };
    expect(aggregateSweep(most, outcomes).top.map(({ index }) => index)).toEqual([0, 1, 4]);
  });

  test('without an objective only what ended is counted', () => {
    const { objective, ...plain } = sweep;
    expect(objective).toBeDefined();
    expect(aggregateSweep(plain, outcomes)).toMatchObject({
      objective: null,
      points: { total: 6, completed: 5, failed: 1 },
      best: null,
      top: [],
      marginal_means: {},
    });
  });
});

test('many values of a parameter share ranges that cover each value once', () => {
  const wide: SweepSpec = {
    parameters: { a: { min: 1, max: 95, step: 1 } },
    objective: { metric: 'm', goal: 'minimize' },
  };
  const outcomes = Array.from(
    { length: 95 },
    (_, index) => ({ index, status: 'completed', result: { m: 1 } }) as const,
  );
  const means = aggregateSweep(wide, outcomes).marginal_means.a ?? [];
  expect(means).toHaveLength(10);
  const covered = means.flatMap((mean) => {
    const { from, to } = mean as unknown as { from: number; to: number };
    expect(mean.count).toBe(to - from + 1);
    return Array.from({ length: to - from + 1 }, (_, n) => from + n);
  });
  expect(covered).toEqual(Array.from({ length: 95 }, (_, n) => n + 1));
});

test('a continuous parameter has ten ranges, by ratio where it is logarithmic', () => {
  const random: SweepSpec = {
    parameters: { a: { min: 1e-5, max: 1e5, log: true } },
    mode: 'random',
    samples: 400,
    objective: { metric: 'm', goal: 'minimize' },
  };
  const outcomes = Array.from(
    { length: 400 },
    (_, index) => ({ index, status: 'completed', result: { m: index } }) as const,
  );
  const means = aggregateSweep(random, outcomes).marginal_means.a ?? [];
  expect(means.map((mean) => 'from' in mean && mean.from)).toEqual([1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1e3, 1e4]);
  expect(means.reduce((sum, { count }) => sum + count, 0)).toBe(400);
});

test('neither the order of the points, nor merging, nor a trip through JSON changes anything', () => {
  const spec: SweepSpec = {
    parameters: { a: [1, 2, 3, 4, 5], b: { min: 0, max: 1, count: 60 } },
    objective: { metric: 'm', goal: 'maximize' },
  };
  const total = sweepTotal(spec);
  const outcome = fc.oneof(
    { weight: 4, arbitrary: fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((m): Ended => ({ result: { m } })) },
    { weight: 1, arbitrary: fc.constantFrom<Ended>({ result: { m: null } }, { reason: 'timeout' }) },
  );
  const outcomes = fc
    .array(outcome, { minLength: total, maxLength: total })
    .map((some) =>
      some.map((of, index): PointOutcome =>
        of.reason === undefined
          ? { index, status: 'completed', result: of.result }
          : { index, status: 'failed', reason: of.reason },
      ),
    );
  const fold = (some: readonly PointOutcome[]): SweepProgress =>
    some.reduce((progress, of) => addSweepPoint(progress, spec, of), noSweepProgress);
  fc.assert(
    fc.property(outcomes, fc.nat(total), fc.nat(total), (inOrder, cut, other) => {
      const expected = aggregateSweep(spec, inOrder);
      const [low, high] = [Math.min(cut, other), Math.max(cut, other)];
      const parts = [inOrder.slice(0, low), inOrder.slice(low, high), inOrder.slice(high)].map((part) =>
        fold(part.toReversed()),
      ) as [SweepProgress, SweepProgress, SweepProgress];
      const left = mergeSweepProgress(spec, mergeSweepProgress(spec, parts[0], parts[1]), parts[2]);
      const right = mergeSweepProgress(spec, parts[0], mergeSweepProgress(spec, parts[1], parts[2]));
      for (const merged of [left, right, JSON.parse(JSON.stringify(left)) as SweepProgress]) {
        expect(sweepAggregate(merged, spec)).toEqual(expected);
      }
    }),
    { numRuns: 15 },
  );
});
