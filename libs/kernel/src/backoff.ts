export interface Backoff {
  /** Seconds before the first retry; doubles with each further one. 0: no delay at all. */
  readonly base_s: number;
  /** Seconds that no delay exceeds. */
  readonly max_s: number;
}

/**
 * Whole milliseconds to wait before retry number `retryNumber` (1 is the first): exponential, capped, with jitter between half and the
 * whole, so that what failed together does not come back together and no retry comes at once.
 *
 * @param random a number in [0, 1)
 */
export function backoffDelayMs(retryNumber: number, backoff: Backoff, random: () => number = Math.random): number {
  // beyond 2^52 the doubling is far over any cap; the bound keeps 0 * Infinity (NaN) out
  const doublings = Math.min(Math.max(retryNumber - 1, 0), 52);
  const whole_s = Math.min(backoff.base_s * 2 ** doublings, backoff.max_s);
  return Math.round(whole_s * 1000 * (0.5 + random() / 2));
}
