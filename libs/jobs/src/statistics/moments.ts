/**
 * Count, mean and spread of numbers seen one at a time, as plain JSON. Updated by Welford's method (B. P. Welford, Technometrics 4, 1962)
 * and merged by that of Chan, Golub and LeVeque (The American Statistician 37, 1983): stable where the textbook sum of squares cancels.
 */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly m2: number;
}

export const noMoments: Moments = { count: 0, mean: 0, m2: 0 };

export function addToMoments({ count, mean, m2 }: Moments, value: number): Moments {
  const distance = value - mean;
  const nextMean = mean + distance / (count + 1);
  return { count: count + 1, mean: nextMean, m2: m2 + distance * (value - nextMean) };
}

export function mergeMoments(one: Moments, other: Moments): Moments {
  if (one.count === 0) return other;
  if (other.count === 0) return one;
  const count = one.count + other.count;
  const distance = other.mean - one.mean;
  const share = other.count / count;
  return { count, mean: one.mean + distance * share, m2: one.m2 + other.m2 + distance * distance * one.count * share };
}

/** Sample standard deviation (divisor n - 1). null below two values, and where it left the range of a double. */
export function sampleStd({ count, m2 }: Moments): number | null {
  if (count < 2) return null;
  return finiteOrNull(Math.sqrt(m2 / (count - 1)));
}

/** JSON knows no infinity: what left the range of a double is shown as null. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
