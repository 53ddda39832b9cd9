import { addExactly, mergeSums, noSum, sumOf, type ExactSum } from '../statistics/exact-sum.js';
import { axisOf, type ParameterAxis } from './parameter-axis.js';
import type { PointPosition } from './sweep-point.js';
import type { SweepSpec } from './sweep-spec.js';

/** Up to so many values a parameter has a mean for each; above, and where it is continuous, neighbours share one of RANGES. */
const MAX_SINGLE_VALUES = 50;
const RANGES = 10;

/** Metric of the points in one group of values of one parameter. */
interface Cell {
  readonly count: number;
  readonly sum: ExactSum;
}

/** Per parameter, in the order of the sweep, its groups that have a point: `[group, cell]`, ascending. */
export type Marginals = readonly (readonly (readonly [group: number, cell: Cell])[])[];

/** Mean of the metric over all points whose parameter is `value`, or lies between `from` and `to` (positions, both included). */
export type MarginalMean = ({ readonly value: unknown } | { readonly from: unknown; readonly to: unknown }) & {
  readonly count: number;
  readonly mean: number | null;
};

export function addToMarginals(marginals: Marginals, point: readonly PointPosition[], metric: number): Marginals {
  const added = { count: 1, sum: addExactly(noSum, metric) };
  return point.map(({ axis, position }, place) =>
    mergeCells(marginals[place] ?? [], [[groupOf(axis, position), added]]),
  );
}

export function mergeMarginals(one: Marginals, other: Marginals): Marginals {
  if (one.length === 0) return other;
  return one.map((cells, place) => mergeCells(cells, other[place] ?? []));
}

export function marginalMeans(marginals: Marginals, sweep: SweepSpec): Record<string, MarginalMean[]> {
  const parameters = Object.entries(sweep.parameters).map(([name, domain], place) => {
    const axis = axisOf(domain);
    const means = (marginals[place] ?? []).map(([group, { count, sum }]) => {
      const total = sumOf(sum);
      return { ...valuesOf(axis, group), count, mean: total === null ? null : total / count };
    });
    return [name, means] as const;
  });
  return Object.fromEntries(parameters);
}

function mergeCells(one: Marginals[number], other: Marginals[number]): Marginals[number] {
  const cells = new Map(one);
  for (const [group, { count, sum }] of other) {
    const present = cells.get(group);
    cells.set(group, present ? { count: present.count + count, sum: mergeSums(present.sum, sum) } : { count, sum });
  }
  return [...cells].sort(([a], [b]) => a - b);
}

function groupsOf(axis: ParameterAxis): number {
  return axis.kind === 'levels' && axis.count <= MAX_SINGLE_VALUES ? axis.count : RANGES;
}

function groupOf(axis: ParameterAxis, position: number): number {
  if (axis.kind === 'continuous') return Math.floor(position * RANGES);
  const groups = groupsOf(axis);
  return groups === axis.count ? position : Math.floor((position * groups) / axis.count);
}

function valuesOf(axis: ParameterAxis, group: number): { value: unknown } | { from: unknown; to: unknown } {
  if (axis.kind === 'continuous') return { from: axis.at(group / RANGES), to: axis.at((group + 1) / RANGES) };
  const groups = groupsOf(axis);
  if (groups === axis.count) return { value: axis.at(group) };
  const first = Math.ceil((group * axis.count) / groups);
  const last = Math.ceil(((group + 1) * axis.count) / groups) - 1;
  return { from: axis.at(first), to: axis.at(last) };
}
