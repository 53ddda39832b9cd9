import { noSum, sumOf } from '../statistics/exact-sum.js';
import type { IndexedReason } from '../statistics/first-reasons.js';
import { ci95, holm, pOfMeanZero, type Interval } from '../statistics/intervals.js';
import { finiteOrNull, noMoments, sampleStd, type Moments } from '../statistics/moments.js';
import { compareByGoal, type Objective } from '../statistics/objective.js';
import {
  noBenchmarkProgress,
  addBenchmarkRun,
  pairAt,
  type BenchmarkProgress,
  type RunOutcome,
} from './benchmark-progress.js';
import { benchmarkRunAt, benchmarkTotal, type BenchmarkRun } from './benchmark-run.js';
import type { BenchmarkSpec } from './benchmark-spec.js';

const SIGNIFICANCE = 0.05;

/** Strategy minus best, over the blocks (a case and a repeat) where both have a value: Student's t for paired samples. */
export interface DifferenceToBest {
  readonly n: number;
  readonly mean: number | null;
  readonly ci95: Interval | null;
  /** Of the two-sided test that the mean is 0; null below two pairs. */
  readonly p_value: number | null;
  /** The same after Holm's correction for comparing all the others with the best. */
  readonly p_value_holm: number | null;
  /** p_value < 0.05, which is the same as: the interval leaves out 0. */
  readonly significant: boolean;
}

export interface LeaderboardEntry {
  /** From 1. */
  readonly rank: number;
  readonly name: string;
  /** Runs with a value. */
  readonly n: number;
  readonly failed: number;
  readonly mean: number | null;
  /** Sample standard deviation. */
  readonly std: number | null;
  readonly ci95: Interval | null;
  /** Blocks that it won; a shared best value is a win of each. Only blocks count in which every strategy has ended. */
  readonly wins: number;
  /** null for the best itself, and while either has no value. */
  readonly difference_to_best: DifferenceToBest | null;
}

/** `aggregate_result` of a benchmark. */
export interface BenchmarkAggregate {
  readonly objective: Objective;
  readonly runs: { readonly total: number; readonly completed: number; readonly failed: number };
  /** Blocks in which every strategy has ended: what wins count. */
  readonly compared: number;
  /** First of the leaderboard, once it has a value. */
  readonly best: LeaderboardEntry | null;
  /** By mean, best first; equal means in the order of the submission; strategies without a value last. */
  readonly leaderboard: readonly LeaderboardEntry[];
  /** All are counted; the first 100 by index are listed. */
  readonly failed_runs: {
    readonly count: number;
    readonly runs: readonly (IndexedReason & Omit<BenchmarkRun, 'strategy'> & { readonly strategy: string })[];
  };
}

/** What users see of the progress. */
export function benchmarkAggregate(progress: BenchmarkProgress, benchmark: BenchmarkSpec): BenchmarkAggregate {
  const { strategies, objective } = benchmark;
  const order = rankingOf(progress, objective);
  const best = order[0] ?? 0;
  const differences = differencesToBest(progress, order, best);
  const leaderboard = order.map((strategy, place) =>
    entryOf(progress, strategy, {
      rank: place + 1,
      name: strategies[strategy]?.name ?? '',
      difference: differences[place] ?? null,
    }),
  );
  const first = leaderboard[0];
  return {
    objective,
    runs: {
      total: benchmarkTotal(benchmark),
      completed: progress.metrics.reduce((sum, { count }) => sum + count, 0),
      failed: progress.failed.count,
    },
    compared: progress.closed,
    best: first && first.n > 0 ? first : null,
    leaderboard,
    failed_runs: { count: progress.failed.count, runs: progress.failed.first.map((run) => named(run, benchmark)) },
  };
}

/** `aggregate_aliases` of a benchmark. */
export function benchmarkAliases({
  best,
  leaderboard,
}: BenchmarkAggregate): Pick<BenchmarkAggregate, 'best' | 'leaderboard'> {
  return { best, leaderboard };
}

/** All outcomes at once. */
export function aggregateBenchmark(benchmark: BenchmarkSpec, outcomes: Iterable<RunOutcome>): BenchmarkAggregate {
  const progress = noBenchmarkProgress(benchmark);
  for (const outcome of outcomes) addBenchmarkRun(progress, benchmark, outcome);
  return benchmarkAggregate(progress, benchmark);
}

function rankingOf(progress: BenchmarkProgress, { goal }: Objective): number[] {
  const ranked = progress.metrics.map(({ count }, strategy) => ({
    strategy,
    mean: meanAt(progress, strategy),
    valued: count > 0,
  }));
  ranked.sort(
    (a, b) => Number(b.valued) - Number(a.valued) || compareByGoal(goal, a.mean, b.mean) || a.strategy - b.strategy,
  );
  return ranked.map(({ strategy }) => strategy);
}

/** From the exact sum, unless that left the range of a double. */
function meanAt({ metrics, sums }: BenchmarkProgress, strategy: number): number {
  const { count, mean } = metrics[strategy] ?? noMoments;
  const sum = sumOf(sums[strategy] ?? noSum);
  return sum === null || count === 0 ? mean : sum / count;
}

interface Standing {
  readonly rank: number;
  readonly name: string;
  readonly difference: DifferenceToBest | null;
}

function entryOf(
  progress: BenchmarkProgress,
  strategy: number,
  { rank, name, difference }: Standing,
): LeaderboardEntry {
  const moments = progress.metrics[strategy] ?? noMoments;
  return {
    rank,
    name,
    n: moments.count,
    failed: progress.failures[strategy] ?? 0,
    mean: moments.count === 0 ? null : finiteOrNull(meanAt(progress, strategy)),
    std: sampleStd(moments),
    ci95: ci95(moments),
    wins: progress.wins[strategy] ?? 0,
    difference_to_best: difference,
  };
}

/** In the order of the leaderboard. */
function differencesToBest(
  progress: BenchmarkProgress,
  order: readonly number[],
  best: number,
): (DifferenceToBest | null)[] {
  const moments = order.map((strategy) => (strategy === best ? noMoments : differenceOf(progress, strategy, best)));
  const pValues = moments.map(pOfMeanZero);
  const adjusted = holm(pValues);
  return moments.map((difference, place) => {
    if (difference.count === 0) return null;
    const p = pValues[place] ?? null;
    return {
      n: difference.count,
      mean: meanOf(difference),
      ci95: ci95(difference),
      p_value: p,
      p_value_holm: adjusted[place] ?? null,
      significant: p !== null && p < SIGNIFICANCE,
    };
  });
}

function differenceOf({ differences }: BenchmarkProgress, strategy: number, best: number): Moments {
  if (strategy < best) return differences[pairAt(strategy, best)] ?? noMoments;
  const { count, mean, m2 } = differences[pairAt(best, strategy)] ?? noMoments;
  return { count, mean: 0 - mean, m2 };
}

function meanOf({ count, mean }: Moments): number | null {
  return count === 0 ? null : finiteOrNull(mean);
}

function named(
  { index, reason }: IndexedReason,
  benchmark: BenchmarkSpec,
): BenchmarkAggregate['failed_runs']['runs'][number] {
  const run = benchmarkRunAt(benchmark, index);
  return { index, ...run, strategy: benchmark.strategies[run.strategy]?.name ?? '', reason };
}
