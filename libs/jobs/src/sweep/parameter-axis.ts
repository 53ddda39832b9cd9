import { steppedRange } from './stepped-range.js';
import type { NumberRange, ParameterDomain } from './sweep-spec.js';

/** A parameter's values by position: numbered from 0 to `count` - 1, or along [0, 1). */
export type ParameterAxis =
  | { readonly kind: 'levels'; readonly count: number; readonly at: (level: number) => unknown }
  | { readonly kind: 'continuous'; readonly at: (share: number) => number };

/** The axis of a domain without faults (see `domainFault`). Costs the same however many values it has. */
export function axisOf(domain: ParameterDomain): ParameterAxis {
  if (isList(domain)) return { kind: 'levels', count: domain.length, at: (level) => domain[level] };
  if (domain.step !== undefined) {
    return { kind: 'levels', ...steppedRange(domain.min, domain.max, domain.step) };
  }
  const between = betweenEnds(domain);
  if (domain.count === undefined) return { kind: 'continuous', at: between };
  const { count } = domain;
  return { kind: 'levels', count, at: (level) => between(count === 1 ? 0 : level / (count - 1)) };
}

export function isList(domain: ParameterDomain): domain is readonly unknown[] {
  return Array.isArray(domain);
}

/** From `min` at 0 to `max` at 1, which are hit exactly. */
function betweenEnds({ min, max, log }: NumberRange): (share: number) => number {
  const inside = log ? byRatio(min, max) : byDifference(min, max);
  return (share) => {
    if (share === 0) return min;
    if (share === 1) return max;
    return Math.min(max, Math.max(min, inside(share)));
  };
}

/*
 * Values are rounded to the digits that the arithmetic is sure of: what a person means by 0.1, 0.2, 0.3 or by 1, 10, 100 comes out as that,
 * whole numbers as whole numbers, and the last bits of a logarithm, which engines may compute differently, do not show.
 */

function byDifference(min: number, max: number): (share: number) => number {
  return (share) => Number((min + (max - min) * share).toPrecision(15));
}

function byRatio(min: number, max: number): (share: number) => number {
  const [from, to] = [Math.log(min), Math.log(max)];
  return (share) => Number(Math.exp(from + (to - from) * share).toPrecision(12));
}
