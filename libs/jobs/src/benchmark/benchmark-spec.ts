import type { Objective } from '../statistics/objective.js';

export interface Strategy {
  /** Unique in the benchmark. */
  readonly name: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Instead of the job's. */
  readonly runner_command?: readonly string[];
}

/** The `benchmark` of a submission after `planBenchmark` has accepted it. Plain JSON. */
export interface BenchmarkSpec {
  readonly strategies: readonly Strategy[];
  readonly cases: readonly Readonly<Record<string, unknown>>[];
  /** Runs of each strategy on each case; default 1. */
  readonly repeats?: number;
  /** Default 0. A safe integer. */
  readonly seed?: number;
  readonly objective: Objective;
}
