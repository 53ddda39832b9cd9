import { keyOfSeed, philox, RANDOM_SWEEP_STREAM, SOBOL_SHIFT_STREAM, unitOf, wordsOf } from '../statistics/philox.js';
import { axisOf, type ParameterAxis } from './parameter-axis.js';
import { sobolBits } from './sobol.js';
import type { SweepSpec } from './sweep-spec.js';

/** The parameters of one task: a value for each name, in the order of the sweep. */
export type SweepPoint = Record<string, unknown>;

/** Where a point lies on the axis of one parameter: a level from 0, or a share of the continuous range in [0, 1). */
export interface PointPosition {
  readonly name: string;
  readonly axis: ParameterAxis;
  readonly position: number;
}

/** Points of a planned sweep: the product of the value counts of a grid, else the samples. */
export function sweepTotal(sweep: SweepSpec): number {
  if ((sweep.mode ?? 'grid') !== 'grid') return sweep.samples ?? 0;
  return Object.values(sweep.parameters).reduce((total, domain) => total * levelsOf(axisOf(domain)), 1);
}

/**
 * Point `index` of a planned sweep, from the sweep alone and without the points before it: the same on every machine and at every time.
 * A grid counts like an odometer, the last parameter fastest.
 *
 * @throws RangeError when the sweep has no such point
 */
export function sweepPointAt(sweep: SweepSpec, index: number): SweepPoint {
  // entries define own fields, also one called __proto__
  return Object.fromEntries(positionsAt(sweep, index).map(({ name, axis, position }) => [name, axis.at(position)]));
}

/** The payload of task `index`: the job's, with the point over it and repeated in `_sweep: {index, total, parameters}`. */
export function sweepPayload(
  payload: Record<string, unknown>,
  sweep: SweepSpec,
  index: number,
): Record<string, unknown> {
  const parameters = sweepPointAt(sweep, index);
  return { ...payload, ...parameters, _sweep: { index, total: sweepTotal(sweep), parameters } };
}

export function positionsAt(sweep: SweepSpec, index: number): PointPosition[] {
  const total = sweepTotal(sweep);
  if (!Number.isInteger(index) || index < 0 || index >= total) {
    throw new RangeError(`point ${index} of a sweep with ${total} points`);
  }
  const axes = Object.entries(sweep.parameters).map(([name, domain]) => ({ name, axis: axisOf(domain) }));
  switch (sweep.mode ?? 'grid') {
    case 'grid':
      return gridPositions(axes, index);
    case 'random':
      return axes.map((of, place) => ({ ...of, position: positionOn(of.axis, randomShare(sweep, index, place)) }));
    case 'sobol':
      return axes.map((of, place) => ({ ...of, position: positionOn(of.axis, sobolShare(sweep, index, place)) }));
  }
}

type NamedAxis = Omit<PointPosition, 'position'>;

function gridPositions(axes: readonly NamedAxis[], index: number): PointPosition[] {
  let rest = index;
  const fastestFirst = axes.toReversed().map((of) => {
    const count = levelsOf(of.axis);
    const position = rest % count;
    rest = Math.floor(rest / count);
    return { ...of, position };
  });
  return fastestFirst.reverse();
}

function levelsOf(axis: ParameterAxis): number {
  return axis.kind === 'levels' ? axis.count : Infinity;
}

/** A share of [0, 1) as a position: each of the levels covers an equal part. */
function positionOn(axis: ParameterAxis, share: number): number {
  return axis.kind === 'levels' ? Math.min(axis.count - 1, Math.floor(share * axis.count)) : share;
}

function randomShare({ seed = 0 }: SweepSpec, index: number, parameter: number): number {
  const [high, low] = philox([...wordsOf(index), parameter, RANDOM_SWEEP_STREAM], keyOfSeed(seed));
  return unitOf(high, low);
}

/** A digital shift (exclusive or with random bits per dimension) keeps the sequence's evenness and makes it the seed's own. */
function sobolShare({ seed }: SweepSpec, index: number, parameter: number): number {
  const bits = sobolBits(index, parameter);
  if (seed === undefined) return bits / 2 ** 32;
  const [shift] = philox([0, 0, parameter, SOBOL_SHIFT_STREAM], keyOfSeed(seed));
  return ((bits ^ shift) >>> 0) / 2 ** 32;
}
