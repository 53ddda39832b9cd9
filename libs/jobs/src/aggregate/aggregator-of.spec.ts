import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { aggregateBenchmark } from '../benchmark/index.js';
import { aggregateSweep } from '../sweep/index.js';
import type { TaskOutcome } from './aggregator.js';
import { aggregatorOf, type Aggregation } from './aggregator-of.js';

const objective = { metric: 'm', goal: 'minimize' } as const;
const sweep = { parameters: { a: [1, 2, 3, 4], b: [0, 1] }, objective };
const benchmark = { strategies: [{ name: 's' }, { name: 't' }], cases: [{}, {}], repeats: 2, objective };
const TASKS = 8;

const aggregations: readonly [string, Aggregation][] = [
  ['a sweep', { kind: 'sweep', sweep }],
  ['a benchmark', { kind: 'benchmark', benchmark }],
  ...(['sum', 'mean', 'min', 'max', 'count', 'concat', 'stats'] as const).map((builtin): [string, Aggregation] => [
    builtin,
    { kind: 'reduction', reduce: { builtin, field: 'm' }, batches: null },
  ]),
];

// whole numbers, so that the order of additions cannot show in the last digits
const outcomes = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -50, max: 50 }).map((m) => ({ result: { m } })) },
    { weight: 1, arbitrary: fc.constantFrom({ result: null }, { reason: 'exit 1' }, { lost: 'missing' }) },
  ),
  { minLength: TASKS, maxLength: TASKS },
);

function outcomeOf(end: object, index: number): TaskOutcome {
  if ('reason' in end) return { index, status: 'failed', reason: String(end.reason) };
  if ('lost' in end) return { index, status: 'unreadable', reason: String(end.lost) };
  return { index, status: 'completed', result: (end as { result: unknown }).result };
}

function fold(aggregation: Aggregation, parts: readonly (readonly TaskOutcome[])[]): unknown {
  let progress: unknown = null;
  for (const part of parts) {
    const aggregator = aggregatorOf(aggregation, progress);
    for (const outcome of part) aggregator.add(outcome);
    progress = JSON.parse(JSON.stringify(aggregator.progress()));
  }
  return JSON.parse(JSON.stringify(aggregatorOf(aggregation, progress).aggregate()));
}

test.each(aggregations)('%s is the same however its tasks are divided into folds', (_, aggregation) => {
  fc.assert(
    fc.property(outcomes, fc.nat(TASKS), fc.nat(TASKS), (ends, cut, other) => {
      const all = ends.map(outcomeOf);
      const [low, high] = [Math.min(cut, other), Math.max(cut, other)];
      const parts = [all.slice(low, high), all.slice(0, low), all.slice(high)];
      const close = (value: unknown) =>
        JSON.parse(JSON.stringify(value), (__, inner: unknown) =>
          typeof inner === 'number' ? Number(inner.toPrecision(9)) : inner,
        );
      expect(close(fold(aggregation, parts))).toEqual(close(fold(aggregation, [all])));
    }),
    { numRuns: 30 },
  );
});

describe('what cannot be read', () => {
  const lost: TaskOutcome = { index: 1, status: 'unreadable', reason: 'its result is missing' };
  const rest = [0, 2].map((index): TaskOutcome => ({ index, status: 'completed', result: { m: index } }));
  const add = (aggregation: Aggregation) => {
    const aggregator = aggregatorOf(aggregation, null);
    for (const outcome of [...rest, lost]) aggregator.add(outcome);
    return aggregator.aggregate();
  };
  const asFailed = [...rest, { ...lost, status: 'failed' }] as Parameters<typeof aggregateSweep>[1];

  test('is a failed point of a sweep, a failed run of a benchmark', () => {
    expect(add({ kind: 'sweep', sweep }).result).toEqual(aggregateSweep(sweep, asFailed));
    expect(add({ kind: 'benchmark', benchmark }).result).toEqual(aggregateBenchmark(benchmark, asFailed));
  });

  test('is a result that a builtin rejects, while a failed task is none', () => {
    const failed: TaskOutcome = { index: 3, status: 'failed', reason: 'exit 1' };
    const aggregator = aggregatorOf({ kind: 'reduction', reduce: { builtin: 'count' }, batches: null }, null);
    for (const outcome of [...rest, lost, failed]) aggregator.add(outcome);
    expect(aggregator.aggregate().result).toMatchObject({
      value: 2,
      rejected: { count: 1, results: [{ index: 1, reason: 'its result is missing' }] },
    });
  });
});

test('results of a batched job have the indices of their items; the last batch may be smaller', () => {
  const batches = { item_total: 5, batch_size: 2 };
  const aggregator = aggregatorOf({ kind: 'reduction', reduce: { builtin: 'sum', field: 'm' }, batches }, null);
  aggregator.add({ index: 2, status: 'completed', result: { results: [{ m: 'no number' }] } });
  aggregator.add({ index: 0, status: 'completed', result: { results: [{ m: 1 }, { m: 2 }] } });
  aggregator.add({ index: 1, status: 'completed', result: { results: [{ m: 1 }], m: 10 } });
  expect(aggregator.aggregate().result).toMatchObject({ sum: 13, count: 3, rejected: { results: [{ index: 4 }] } });
});
