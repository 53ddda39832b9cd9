import { addExactly, mergeSums, noSum, sumOf, type ExactSum } from '../statistics/exact-sum.js';
import { describe, fieldOf, numberIn } from '../statistics/field-of.js';
import { addReason, mergeReasons, noReasons, type FirstReasons } from '../statistics/first-reasons.js';
import { addToMoments, mergeMoments, noMoments, type Moments } from '../statistics/moments.js';
import type { BuiltinReduce } from './reduce-spec.js';

/** Collected values beyond this many characters of JSON are a case for a reduce runner: whoever folds holds all of them, many times as large. */
export const MAX_COLLECTED_CHARS = 16 * 1024 * 1024;

/**
 * What a builtin has made of the results so far: plain JSON, changed in place. Numbers take a few hundred bytes however many there are;
 * `concat` and `merge` keep what they collect.
 */
export interface Reduction {
  /** Results that count. */
  used: number;
  /** Results without a usable value. */
  rejected: FirstReasons;
  sum: ExactSum;
  moments: Moments;
  min: number | null;
  max: number | null;
  /** null once it is too large; it stays so. */
  collected: (readonly [index: number, value: unknown])[] | null;
  collectedChars: number;
}

export function newReduction(): Reduction {
  return {
    used: 0,
    rejected: noReasons,
    sum: noSum,
    moments: noMoments,
    min: null,
    max: null,
    collected: [],
    collectedChars: 0,
  };
}

/**
 * Takes in the result of map task `index` (of item `index`, where results are per item), each once and in any order. What has no usable
 * value is named in `rejected` and otherwise left out.
 */
export function addToReduction(reduction: Reduction, reduce: BuiltinReduce, index: number, result: unknown): void {
  switch (reduce.builtin) {
    case 'count':
      if (isPresent(result, reduce.field)) reduction.used++;
      return;
    case 'concat':
    case 'merge':
      return collect(reduction, reduce, index, result);
    case 'sum':
    case 'mean':
    case 'min':
    case 'max':
    case 'stats': {
      const read = numberIn(result, reduce.field);
      return read.ok ? addNumber(reduction, read.value) : rejectResult(reduction, index, read.reason);
    }
  }
}

/** Takes in a reduction of other results by the same builtin; `other` is not to be used afterwards. */
export function mergeReductions(reduction: Reduction, other: Reduction): void {
  reduction.used += other.used;
  reduction.rejected = mergeReasons(reduction.rejected, other.rejected);
  reduction.sum = mergeSums(reduction.sum, other.sum);
  reduction.moments = mergeMoments(reduction.moments, other.moments);
  reduction.min = lower(reduction.min, other.min);
  reduction.max = higher(reduction.max, other.max);
  reduction.collectedChars += other.collectedChars;
  reduction.collected =
    within(reduction) && other.collected ? (reduction.collected?.concat(other.collected) ?? null) : null;
}

/** A result counts when it is there at all; with a field, when that is there and not null. */
function isPresent(result: unknown, field: string | undefined): boolean {
  if (field === undefined) return true;
  return (fieldOf(result, field) ?? null) !== null;
}

function addNumber(reduction: Reduction, value: number): void {
  reduction.used++;
  reduction.sum = addExactly(reduction.sum, value);
  reduction.moments = addToMoments(reduction.moments, value);
  reduction.min = lower(reduction.min, value);
  reduction.max = higher(reduction.max, value);
}

function collect(reduction: Reduction, { builtin, field }: BuiltinReduce, index: number, result: unknown): void {
  const value = field === undefined ? (result ?? undefined) : fieldOf(result, field);
  const name = field === undefined ? 'the result' : JSON.stringify(field);
  if (value === undefined) {
    return rejectResult(reduction, index, field === undefined ? 'no result' : `the result has no ${name}`);
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (builtin === 'merge' && !isObject)
    return rejectResult(reduction, index, `${name} is ${describe(value)}, not an object`);
  reduction.used++;
  reduction.collectedChars += JSON.stringify(value).length;
  if (within(reduction)) reduction.collected?.push([index, value]);
  else reduction.collected = null;
}

function within({ collectedChars }: Reduction): boolean {
  return collectedChars <= MAX_COLLECTED_CHARS;
}

/** Names a result that has no usable value. */
export function rejectResult(reduction: Reduction, index: number, reason: string): void {
  reduction.rejected = addReason(reduction.rejected, { index, reason });
}

function lower(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function higher(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

/** The exact sum over the count; where the sum left the range of a double, the running mean. null of nothing. */
export function meanOfReduction({ sum, moments }: Reduction): number | null {
  if (moments.count === 0) return null;
  const total = sumOf(sum);
  return total === null ? moments.mean : total / moments.count;
}
