import { sumOf } from '../statistics/exact-sum.js';
import type { IndexedReason } from '../statistics/first-reasons.js';
import { finiteOrNull, sampleStd } from '../statistics/moments.js';
import type { Builtin, BuiltinReduce } from './reduce-spec.js';
import { MAX_COLLECTED_CHARS, meanOfReduction, type Reduction } from './reduction.js';

/** `stats`; null where there are too few numbers to say, or where a double cannot. */
export interface NumberStats {
  readonly count: number;
  readonly sum: number | null;
  readonly mean: number | null;
  /** Sample standard deviation. */
  readonly std: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/**
 * `aggregate_result` of a map-reduce with a builtin. `value` is what the builtin says: a number (null of nothing; `sum` and `count` of
 * nothing are 0), `NumberStats`, an array in the order of the indices, or an object in which the later index wins. What is a number also
 * has its own name: `sum` has `sum`, `stats` has all six.
 */
export interface ReductionAggregate extends Partial<NumberStats> {
  readonly builtin: Builtin;
  readonly field: string | null;
  readonly value: unknown;
  /** Results that count. */
  readonly count: number;
  /** Results without a usable value: all are counted, the first 100 by index are listed. */
  readonly rejected: { readonly count: number; readonly results: readonly IndexedReason[] };
  /** Why there is no value although there are results. */
  readonly error?: string;
}

/** What users see of a reduction, also while the map still runs. */
export function reductionAggregate(reduction: Reduction, { builtin, field }: BuiltinReduce): ReductionAggregate {
  const { used, rejected } = reduction;
  return {
    builtin,
    field: field ?? null,
    ...valueOf(reduction, builtin),
    count: used,
    rejected: { count: rejected.count, results: rejected.first },
  };
}

/** The six numbers of `stats`. */
export function statsOf(reduction: Reduction): NumberStats {
  const { moments, sum, min, max } = reduction;
  const mean = meanOfReduction(reduction);
  return {
    count: moments.count,
    sum: sumOf(sum),
    mean: mean === null ? null : finiteOrNull(mean),
    std: sampleStd(moments),
    min,
    max,
  };
}

function valueOf(
  reduction: Reduction,
  builtin: Builtin,
): Pick<ReductionAggregate, 'value' | 'error'> & Partial<NumberStats> {
  switch (builtin) {
    case 'count':
      return { value: reduction.used };
    case 'concat':
      return collectedValue(reduction, (values) => values.flat(1));
    case 'merge':
      return collectedValue(reduction, (values) =>
        Object.fromEntries(values.flatMap((value) => Object.entries(value as object))),
      );
    case 'stats': {
      const stats = statsOf(reduction);
      return { value: stats, ...stats };
    }
    case 'sum':
    case 'mean':
    case 'min':
    case 'max': {
      const value = statsOf(reduction)[builtin];
      return { value, [builtin]: value };
    }
  }
}

function collectedValue({ collected }: Reduction, combine: (values: readonly unknown[]) => unknown) {
  if (!collected) {
    const error = `The collected values exceed ${MAX_COLLECTED_CHARS} characters of JSON; use a reduce runner_command.`;
    return { value: null, error };
  }
  return { value: combine(collected.toSorted(([a], [b]) => a - b).map(([, value]) => value)) };
}
