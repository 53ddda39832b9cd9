import { addExactly, mergeSums, noSum, type ExactSum } from '../statistics/exact-sum.js';
import { numberIn } from '../statistics/field-of.js';
import { addReason, mergeReasons, noReasons, type FirstReasons } from '../statistics/first-reasons.js';
import { addToMoments, mergeMoments, noMoments, type Moments } from '../statistics/moments.js';
import { compareByGoal, type Objective } from '../statistics/objective.js';
import { benchmarkRunAt } from './benchmark-run.js';
import type { BenchmarkSpec } from './benchmark-spec.js';

/** How task `index` ended for good. */
export type RunOutcome =
  | { readonly index: number; readonly status: 'completed'; readonly result: unknown }
  | { readonly index: number; readonly status: 'failed'; readonly reason: string };

/**
 * What is known of the runs that have ended: plain JSON, changed in place. The order of the runs matters to the last digits only. Memory:
 * one number triple per pair of strategies, and the values of blocks (a case and a repeat) of which some strategy is still to come.
 */
export interface BenchmarkProgress {
  /** Per strategy. */
  readonly metrics: Moments[];
  /** Exact, so that strategies with the same mean share it whatever order their runs came in. */
  readonly sums: ExactSum[];
  readonly failures: number[];
  readonly wins: number[];
  /** Per pair (a, b), a < b, see `pairAt`: value of a minus value of b in the same block. */
  readonly differences: Moments[];
  /** Values that have come, by block; null: the run failed. */
  readonly open: Record<number, (readonly [strategy: number, metric: number | null])[]>;
  /** Blocks in which every strategy has ended. */
  closed: number;
  failed: FirstReasons;
}

export function noBenchmarkProgress({ strategies }: BenchmarkSpec): BenchmarkProgress {
  const count = strategies.length;
  return {
    metrics: strategies.map(() => noMoments),
    sums: strategies.map(() => noSum),
    failures: strategies.map(() => 0),
    wins: strategies.map(() => 0),
    differences: Array.from({ length: (count * (count - 1)) / 2 }, () => noMoments),
    open: {},
    closed: 0,
    failed: noReasons,
  };
}

/** Place of the pair a < b in `differences`. */
export function pairAt(a: number, b: number): number {
  return (b * (b - 1)) / 2 + a;
}

/** Takes in one more run, each once. A completed run whose metric is missing or no finite number counts as failed, with the reason. */
export function addBenchmarkRun(progress: BenchmarkProgress, benchmark: BenchmarkSpec, outcome: RunOutcome): void {
  const { index } = outcome;
  const { strategy } = benchmarkRunAt(benchmark, index);
  const block = Math.floor(index / benchmark.strategies.length);
  const read =
    outcome.status === 'failed'
      ? { ok: false as const, reason: outcome.reason }
      : numberIn(outcome.result, benchmark.objective.metric);
  if (read.ok) {
    progress.metrics[strategy] = addToMoments(progress.metrics[strategy] ?? noMoments, read.value);
    progress.sums[strategy] = addExactly(progress.sums[strategy] ?? noSum, read.value);
  } else {
    progress.failures[strategy] = (progress.failures[strategy] ?? 0) + 1;
    progress.failed = addReason(progress.failed, { index, reason: read.reason });
  }
  enterBlock(progress, benchmark, block, [strategy, read.ok ? read.value : null]);
}

/** Takes in the progress of other runs of the same benchmark; `other` is not to be used afterwards. */
export function mergeBenchmarkProgress(
  progress: BenchmarkProgress,
  benchmark: BenchmarkSpec,
  other: BenchmarkProgress,
): void {
  mergeEach(progress.metrics, other.metrics, mergeMoments);
  mergeEach(progress.sums, other.sums, mergeSums);
  mergeEach(progress.differences, other.differences, mergeMoments);
  mergeEach(progress.failures, other.failures, add);
  mergeEach(progress.wins, other.wins, add);
  progress.closed += other.closed;
  progress.failed = mergeReasons(progress.failed, other.failed);
  for (const [block, entries] of Object.entries(other.open)) {
    // their differences among themselves are in `other.differences` already
    const present = progress.open[Number(block)] ?? [];
    for (const entry of entries) comparePresent(progress, present, entry);
    progress.open[Number(block)] = [...present, ...entries];
    closeIfComplete(progress, benchmark, Number(block));
  }
}

type Entry = BenchmarkProgress['open'][number][number];

function enterBlock(progress: BenchmarkProgress, benchmark: BenchmarkSpec, block: number, entry: Entry): void {
  const present = (progress.open[block] ??= []);
  comparePresent(progress, present, entry);
  present.push(entry);
  closeIfComplete(progress, benchmark, block);
}

function comparePresent(
  { differences }: BenchmarkProgress,
  present: readonly Entry[],
  [strategy, metric]: Entry,
): void {
  if (metric === null) return;
  for (const [other, otherMetric] of present) {
    if (otherMetric === null) continue;
    const pair = strategy < other ? pairAt(strategy, other) : pairAt(other, strategy);
    const difference = strategy < other ? metric - otherMetric : otherMetric - metric;
    differences[pair] = addToMoments(differences[pair] ?? noMoments, difference);
  }
}

function closeIfComplete(progress: BenchmarkProgress, { strategies, objective }: BenchmarkSpec, block: number): void {
  const entries = progress.open[block] ?? [];
  if (entries.length < strategies.length) return;
  for (const winner of winnersOf(entries, objective)) progress.wins[winner] = (progress.wins[winner] ?? 0) + 1;
  progress.closed++;
  delete progress.open[block];
}

/** Those with the best value of a block: several when they share it, none when all failed. */
function winnersOf(entries: readonly Entry[], { goal }: Objective): number[] {
  const valued = entries.flatMap(([strategy, metric]) => (metric === null ? [] : [{ strategy, metric }]));
  const best = valued.toSorted((a, b) => compareByGoal(goal, a.metric, b.metric))[0];
  return valued.filter(({ metric }) => metric === best?.metric).map(({ strategy }) => strategy);
}

function mergeEach<T>(into: T[], from: readonly T[], merge: (one: T, other: T) => T): void {
  from.forEach((other, place) => {
    const one = into[place];
    into[place] = one === undefined ? other : merge(one, other);
  });
}

function add(one: number, other: number): number {
  return one + other;
}
