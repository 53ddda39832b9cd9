/**
 * A sum without rounding error, as plain JSON: doubles that do not overlap and add up to the exact sum, smallest first. Because it is
 * exact, neither the order of the terms nor the way partial sums are merged can change it. null: it left the range of a double; that stays.
 *
 * J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997; Python's math.fsum does the same.
 */
export type ExactSum = readonly number[] | null;

export const noSum: ExactSum = [];

export function addExactly(sum: ExactSum, term: number): ExactSum {
  if (sum === null || !Number.isFinite(term)) return null;
  const parts: number[] = [];
  let carried = term;
  for (const part of sum) {
    const [larger, smaller] = Math.abs(carried) < Math.abs(part) ? [part, carried] : [carried, part];
    const high = larger + smaller;
    const low = smaller - (high - larger);
    if (low !== 0) parts.push(low);
    carried = high;
  }
  if (!Number.isFinite(carried)) return null;
  return carried === 0 && parts.length > 0 ? parts : [...parts, carried];
}

export function mergeSums(one: ExactSum, other: ExactSum): ExactSum {
  if (other === null) return null;
  return other.reduce<ExactSum>(addExactly, one);
}

/** The double nearest to the sum (ties to even); null when it left the range. */
export function sumOf(sum: ExactSum): number | null {
  if (sum === null) return null;
  const parts = [...sum];
  let high = parts.pop() ?? 0;
  while (parts.length > 0) {
    const part = parts.pop() ?? 0;
    const before = high;
    high = before + part;
    const low = part - (high - before);
    if (low === 0) continue;
    // half-way case: what is left below decides the rounding
    const rest = parts.at(-1) ?? 0;
    const doubled = low * 2;
    if (rest !== 0 && Math.sign(rest) === Math.sign(low) && high + doubled - high === doubled) high += doubled;
    break;
  }
  return high;
}
