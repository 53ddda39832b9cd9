import { finiteOrNull, sampleStd, type Moments } from './moments.js';
import { tQuantile, tTwoSidedP } from './student-t.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Interval of the mean at 95 % confidence: mean ± t(0.975, n - 1) · s / √n. null below two values. */
export function ci95(moments: Moments): Interval | null {
  const std = sampleStd(moments);
  if (std === null) return null;
  const half = std === 0 ? 0 : (tQuantile(0.975, moments.count - 1) * std) / Math.sqrt(moments.count);
  const low = finiteOrNull(moments.mean - half);
  const high = finiteOrNull(moments.mean + half);
  return low === null || high === null ? null : { low, high };
}

/** p-value of the two-sided t test of "the mean is 0"; null below two values. Values that do not vary at all leave no doubt: 0 or 1. */
export function pOfMeanZero(moments: Moments): number | null {
  const std = sampleStd(moments);
  if (std === null) return null;
  if (std === 0) return moments.mean === 0 ? 1 : 0;
  return tTwoSidedP((moments.mean * Math.sqrt(moments.count)) / std, moments.count - 1);
}

/** p-values adjusted for being several (S. Holm, Scand. J. Statist. 6, 1979), in the order given; null stays null and is not counted. */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const ascending = pValues
    .flatMap((p, place) => (p === null ? [] : [{ p, place }]))
    .toSorted((a, b) => a.p - b.p || a.place - b.place);
  const adjusted: (number | null)[] = pValues.map(() => null);
  let highest = 0;
  ascending.forEach(({ p, place }, rank) => {
    highest = Math.max(highest, Math.min(1, (ascending.length - rank) * p));
    adjusted[place] = highest;
  });
  return adjusted;
}
