/** What the type of a job adds to a submission, once `planSpec` has accepted it. Plain JSON. */

/** What a sweep or a benchmark compares: `metric` names a field of each result (see `fieldOf` in libs/jobs). */
export interface Objective {
  readonly metric: string;
  readonly goal: 'minimize' | 'maximize';
}

/** Numbers from `min` to `max`, both included. Without `step` or `count` it is continuous, which a grid cannot have. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Distance of neighbours; the last value is the largest that does not exceed `max`. */
  readonly step?: number;
  /** Even spacing by ratio instead of by difference; needs `min` > 0 and goes with `count` or alone. */
  readonly log?: boolean;
  /** How many values, evenly spaced, both ends included. */
  readonly count?: number;
}

/** The values of one parameter: any JSON values in a list, or numbers of a range. */
export type ParameterDomain = readonly unknown[] | NumberRange;

export type SweepMode = 'grid' | 'random' | 'sobol';

/** The `sweep` of a submission after `planSweep` has accepted it. The order of the parameters is theirs in the submission. */
export interface SweepSpec {
  readonly parameters: Readonly<Record<string, ParameterDomain>>;
  /** Default grid. */
  readonly mode?: SweepMode;
  /** Points of a random or Sobol sweep. A grid has as many as it has and takes no notice. */
  readonly samples?: number;
  /** Random: which sequence (default 0). Sobol: shifts it; without a seed it is the plain sequence. Safe integers. */
  readonly seed?: number;
  /** Without one nothing is compared: no best point, no means. */
  readonly objective?: Objective;
}

export interface Strategy {
  /** Unique in the benchmark. */
  readonly name: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Instead of the job's. */
  readonly runner_command?: readonly string[];
}

/** The `benchmark` of a submission after `planBenchmark` has accepted it. */
export interface BenchmarkSpec {
  readonly strategies: readonly Strategy[];
  readonly cases: readonly Readonly<Record<string, unknown>>[];
  /** Runs of each strategy on each case; default 1. */
  readonly repeats?: number;
  /** Default 0. A safe integer. */
  readonly seed?: number;
  readonly objective: Objective;
}

export const BUILTINS = ['sum', 'mean', 'min', 'max', 'count', 'concat', 'merge', 'stats'] as const;
export type Builtin = (typeof BUILTINS)[number];

export interface BuiltinReduce {
  readonly builtin: Builtin;
  /** Where the value is in each result (see `fieldOf`); without it the result itself is the value. */
  readonly field?: string;
}

export interface RunnerReduce {
  readonly runner_command: readonly string[];
  /** Checked by whoever checks the job's own. */
  readonly requirements?: Readonly<Record<string, unknown>>;
  readonly timeout_s?: number;
  /** Inputs of one reduce task at most; makes a tree of several stages where there are more. */
  readonly fan_in?: number;
}

export type ReduceSpec = BuiltinReduce | RunnerReduce;
