/** `min`, `min + step`, … up to `max` at most. `count` of them; `at` takes 0 to `count` - 1. */
export interface SteppedRange {
  readonly count: number;
  readonly at: (level: number) => number;
}

/** Powers of ten up to this one are doubles without error. */
const MAX_DECIMALS = 22;

/**
 * Steps in decimal arithmetic: 0.1 to 0.5 by 0.1 is five values, the third being 0.3 and not 0.30000000000000004. The ends and the step
 * are whole numbers after multiplication with a power of ten; one correctly rounded division brings each value back. Ranges with too
 * many digits for that step in doubles, with a tolerance of a billionth of a step at the end.
 */
export function steppedRange(min: number, max: number, step: number): SteppedRange {
  const decimals = Math.max(decimalsOf(min), decimalsOf(max), decimalsOf(step));
  const scale = Number(`1e${decimals}`);
  const [from, to, by] = [min, max, step].map((value) => Math.round(value * scale)) as [number, number, number];
  if (decimals <= MAX_DECIMALS && [from, to, by, to - from].every(Number.isSafeInteger)) {
    const span = to - from;
    return { count: (span - (span % by)) / by + 1, at: (level) => (from + level * by) / scale };
  }
  const count = Math.floor((max - min) / step + 1e-9) + 1;
  return { count, at: (level) => Math.min(max, min + level * step) };
}

/** Digits after the decimal point in the shortest spelling of a double. */
function decimalsOf(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e');
  const fraction = digits.split('.')[1]?.length ?? 0;
  return Math.max(0, fraction - Number(exponent));
}
