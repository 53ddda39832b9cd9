import { numberIn } from '../statistics/field-of.js';
import {
  addReason,
  mergeReasons,
  noReasons,
  type FirstReasons,
  type IndexedReason,
} from '../statistics/first-reasons.js';
import { compareByGoal, type Objective } from '../statistics/objective.js';
import { addToMarginals, marginalMeans, mergeMarginals, type MarginalMean, type Marginals } from './marginals.js';
import { positionsAt, sweepPointAt, sweepTotal, type SweepPoint } from './sweep-point.js';
import type { SweepSpec } from './sweep-spec.js';

const TOP = 10;

/** How task `index` ended for good. */
export type PointOutcome =
  | { readonly index: number; readonly status: 'completed'; readonly result: unknown }
  | { readonly index: number; readonly status: 'failed'; readonly reason: string };

/** What is known of the points that have ended: plain JSON, a few kilobytes. Folding each point once, in any order, gives the same. */
export interface SweepProgress {
  /** Points with a usable result. */
  readonly completed: number;
  /** Best first; equal metrics by index. */
  readonly top: readonly Ranked[];
  readonly marginals: Marginals;
  readonly failed: FirstReasons;
}

interface Ranked {
  readonly index: number;
  readonly metric: number;
}

export interface RankedPoint extends Ranked {
  readonly parameters: SweepPoint;
}

/** `aggregate_result` of a sweep. */
export interface SweepAggregate {
  readonly objective: Objective | null;
  readonly points: { readonly total: number; readonly completed: number; readonly failed: number };
  /** null until a point has a metric, and without an objective. */
  readonly best: RankedPoint | null;
  readonly top: readonly RankedPoint[];
  readonly marginal_means: Readonly<Record<string, readonly MarginalMean[]>>;
  /** All are counted; the first 100 by index are listed. */
  readonly failed_points: {
    readonly count: number;
    readonly points: readonly (IndexedReason & { readonly parameters: SweepPoint })[];
  };
}

export const noSweepProgress: SweepProgress = { completed: 0, top: [], marginals: [], failed: noReasons };

/** The progress with one more point. A completed point whose metric is missing or no finite number counts as failed, with the reason. */
export function addSweepPoint(progress: SweepProgress, sweep: SweepSpec, outcome: PointOutcome): SweepProgress {
  const { index } = outcome;
  const failed = (reason: string) => ({ ...progress, failed: addReason(progress.failed, { index, reason }) });
  if (outcome.status === 'failed') return failed(outcome.reason);
  if (!sweep.objective) return { ...progress, completed: progress.completed + 1 };
  const { metric, goal } = sweep.objective;
  const read = numberIn(outcome.result, metric);
  if (!read.ok) return failed(read.reason);
  return {
    ...progress,
    completed: progress.completed + 1,
    top: bestOf([...progress.top, { index, metric: read.value }], goal),
    marginals: addToMarginals(progress.marginals, positionsAt(sweep, index), read.value),
  };
}

/** The progress of two disjoint sets of points of one sweep. */
export function mergeSweepProgress(sweep: SweepSpec, one: SweepProgress, other: SweepProgress): SweepProgress {
  return {
    completed: one.completed + other.completed,
    top: bestOf([...one.top, ...other.top], sweep.objective?.goal ?? 'minimize'),
    marginals: mergeMarginals(one.marginals, other.marginals),
    failed: mergeReasons(one.failed, other.failed),
  };
}

/** What users see of the progress; the parameters are derived from the sweep. */
export function sweepAggregate(progress: SweepProgress, sweep: SweepSpec): SweepAggregate {
  const withParameters = <T extends { readonly index: number }>(entry: T) => ({
    ...entry,
    parameters: sweepPointAt(sweep, entry.index),
  });
  const top = progress.top.map(withParameters);
  const { count, first } = progress.failed;
  return {
    objective: sweep.objective ?? null,
    points: { total: sweepTotal(sweep), completed: progress.completed, failed: count },
    best: top[0] ?? null,
    top,
    marginal_means: sweep.objective ? marginalMeans(progress.marginals, sweep) : {},
    failed_points: { count, points: first.map(withParameters) },
  };
}

/** All outcomes at once. */
export function aggregateSweep(sweep: SweepSpec, outcomes: Iterable<PointOutcome>): SweepAggregate {
  let progress = noSweepProgress;
  for (const outcome of outcomes) progress = addSweepPoint(progress, sweep, outcome);
  return sweepAggregate(progress, sweep);
}

function bestOf(points: readonly Ranked[], goal: Objective['goal']): Ranked[] {
  return points.toSorted((a, b) => compareByGoal(goal, a.metric, b.metric) || a.index - b.index).slice(0, TOP);
}
