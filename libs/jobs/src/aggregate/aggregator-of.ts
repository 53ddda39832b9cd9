import type { BenchmarkSpec, SweepSpec } from '@computalot/contracts';
import { batchAt, perItemResults } from '../batches.js';
import {
  addBenchmarkRun,
  benchmarkAggregate,
  benchmarkAliases,
  noBenchmarkProgress,
  type BenchmarkProgress,
} from '../benchmark/index.js';
import {
  addToReduction,
  newReduction,
  reductionAggregate,
  rejectResult,
  type BuiltinReduce,
  type Reduction,
} from '../map-reduce/index.js';
import { addSweepPoint, noSweepProgress, sweepAggregate, type SweepProgress } from '../sweep/index.js';
import type { Aggregator, TaskOutcome } from './aggregator.js';

/** What is made of the results of a job, and what has to be known for it. */
export type Aggregation =
  | { readonly kind: 'sweep'; readonly sweep: SweepSpec }
  | { readonly kind: 'benchmark'; readonly benchmark: BenchmarkSpec }
  | { readonly kind: 'reduction'; readonly reduce: BuiltinReduce; readonly batches: Batches | null };

/** The items of a batched job. */
export interface Batches {
  readonly item_total: number;
  readonly batch_size: number;
}

/** Goes on from the `progress` of an aggregator of the same job; null: from nothing. */
export function aggregatorOf(aggregation: Aggregation, progress: unknown): Aggregator {
  switch (aggregation.kind) {
    case 'sweep':
      return sweepAggregator(aggregation.sweep, (progress as SweepProgress | null) ?? noSweepProgress);
    case 'benchmark': {
      const { benchmark } = aggregation;
      return benchmarkAggregator(benchmark, (progress as BenchmarkProgress | null) ?? noBenchmarkProgress(benchmark));
    }
    case 'reduction': {
      const { reduce, batches } = aggregation;
      return reductionAggregator(reduce, batches, (progress as Reduction | null) ?? newReduction());
    }
  }
}

function sweepAggregator(sweep: SweepSpec, before: SweepProgress): Aggregator {
  let progress = before;
  return {
    add: (outcome) => void (progress = addSweepPoint(progress, sweep, completedOrFailed(outcome))),
    progress: () => progress,
    aggregate: () => {
      const result = sweepAggregate(progress, sweep);
      return { result, aliases: { best: result.best, top: result.top } };
    },
  };
}

function benchmarkAggregator(benchmark: BenchmarkSpec, progress: BenchmarkProgress): Aggregator {
  return {
    add: (outcome) => addBenchmarkRun(progress, benchmark, completedOrFailed(outcome)),
    progress: () => progress,
    aggregate: () => {
      const result = benchmarkAggregate(progress, benchmark);
      return { result, aliases: benchmarkAliases(result) };
    },
  };
}

function completedOrFailed(outcome: TaskOutcome) {
  return outcome.status === 'completed' ? outcome : { ...outcome, status: 'failed' as const };
}

function firstOf(index: number, batches: Batches | null): number {
  return batches ? index * batches.batch_size : index;
}

/** Indices are of items where the job is batched: a batch whose result is not per item counts as one result, at its first item. */
function reductionAggregator(reduce: BuiltinReduce, batches: Batches | null, reduction: Reduction): Aggregator {
  const take = (index: number, result: unknown) => {
    const batch = batches && batchAt(batches.item_total, batches.batch_size, index);
    const items = batch && perItemResults(result, batch);
    const first = firstOf(index, batches);
    if (!items) return addToReduction(reduction, reduce, first, result);
    items.forEach((item, offset) => addToReduction(reduction, reduce, first + offset, item));
  };
  const add = (outcome: TaskOutcome) => {
    if (outcome.status === 'completed') take(outcome.index, outcome.result);
    // A map task that failed has no result: the counts of the job tell of it.
    else if (outcome.status === 'unreadable') {
      rejectResult(reduction, firstOf(outcome.index, batches), outcome.reason);
    }
  };
  return {
    add,
    progress: () => reduction,
    aggregate: () => {
      const result = reductionAggregate(reduction, reduce);
      return { result, aliases: { value: result.value } };
    },
  };
}
