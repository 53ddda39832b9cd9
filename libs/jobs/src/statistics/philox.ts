const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const KEY_STEPS = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;

/** Last word of the counter, one per use, so that uses that share a seed share no numbers. */
export const RANDOM_SWEEP_STREAM = 1;
export const SOBOL_SHIFT_STREAM = 2;
export const BENCHMARK_STREAM = 3;

const TWO_32 = 2 ** 32;

export type FourWords = readonly [number, number, number, number];

/**
 * Philox4x32-10, a generator without state: 128 random bits for a counter, under a key of 64 bits (all words unsigned, 32 bits). Point
 * n of a sequence costs the same whichever n is, on any machine.
 *
 * J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
export function philox([c0, c1, c2, c3]: FourWords, [key0, key1]: readonly [number, number]): FourWords {
  let words: FourWords = [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < ROUNDS; round++) {
    const [w0, w1, w2, w3] = words;
    const [high0, low0] = multiply(MULTIPLIERS[0], w0);
    const [high1, low1] = multiply(MULTIPLIERS[1], w2);
    words = [(high1 ^ w1 ^ k0) >>> 0, low1, (high0 ^ w3 ^ k1) >>> 0, low0];
    k0 = (k0 + KEY_STEPS[0]) >>> 0;
    k1 = (k1 + KEY_STEPS[1]) >>> 0;
  }
  return words;
}

/** High and low word of a product of two 32-bit words, in doubles that stay below 2^53. */
function multiply(a: number, b: number): readonly [number, number] {
  const lowHalf = (a & 0xffff) * b;
  const high = Math.floor(((a >>> 16) * b + Math.floor(lowHalf / 65_536)) / 65_536);
  return [high, Math.imul(a, b) >>> 0];
}

/** Any safe integer as a key: different seeds give different keys. */
export function keyOfSeed(seed: number): readonly [number, number] {
  return [seed >>> 0, Math.floor(seed / TWO_32) >>> 0];
}

/** A uniform double in [0, 1) with 53 random bits of two words. */
export function unitOf(high: number, low: number): number {
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

/** The two words of a whole number below 2^53. */
export function wordsOf(value: number): readonly [number, number] {
  return [value >>> 0, Math.floor(value / TWO_32) >>> 0];
}
