import type { Objective } from '../statistics/objective.js';

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

/** The `sweep` of a submission after `planSweep` has accepted it. Plain JSON. The order of the parameters is theirs in the submission. */
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
