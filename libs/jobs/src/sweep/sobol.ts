import { directionNumbers } from './direction-numbers.js';

/** Parameters that a Sobol sweep may have: the first dimension needs no row of the table. */
export const MAX_SOBOL_DIMENSIONS = directionNumbers.length + 1;

const BITS = 32;

/** Per dimension the 32 direction numbers as bits after the binary point, the first one being 1/2 (bit 31). */
const directions: readonly Uint32Array[] = [vanDerCorput(), ...directionNumbers.map(expand)];

function vanDerCorput(): Uint32Array {
  return Uint32Array.from({ length: BITS }, (_, bit) => 2 ** (BITS - 1 - bit));
}

/** The recurrence of the primitive polynomial x^s + a₁x^(s-1) + … + 1 (I. M. Sobol', 1967; as in Joe and Kuo's notes). */
function expand([coefficients, initial]: readonly [number, readonly number[]]): Uint32Array {
  const degree = initial.length;
  const numbers = new Uint32Array(BITS);
  for (let bit = 0; bit < BITS; bit++) {
    const first = initial[bit];
    numbers[bit] = first === undefined ? recur(numbers, bit, degree, coefficients) : first * 2 ** (BITS - 1 - bit);
  }
  return numbers;
}

function recur(numbers: Uint32Array, bit: number, degree: number, coefficients: number): number {
  const start = numbers[bit - degree] ?? 0;
  let number = start ^ (start >>> degree);
  for (let back = 1; back < degree; back++) {
    if ((coefficients >>> (degree - 1 - back)) & 1) number ^= numbers[bit - back] ?? 0;
  }
  return number;
}

/**
 * Coordinate of point `index` (< 2^32) of the Sobol sequence in `dimension` (from 0), in units of 2^-32. Points come in Gray code order
 * (I. A. Antonov and V. M. Saleev, 1979), as in SciPy and PyTorch. Point 0 is the origin; it belongs to the net and is kept (A. B. Owen,
 * "On dropping the first Sobol' point", 2020).
 *
 * @throws RangeError when the dimension is not below MAX_SOBOL_DIMENSIONS
 */
export function sobolBits(index: number, dimension: number): number {
  const numbers = directions[dimension];
  if (!numbers) throw new RangeError(`no direction numbers for dimension ${dimension}`);
  let bits = 0;
  for (let gray = (index ^ (index >>> 1)) >>> 0, bit = 0; gray !== 0; gray >>>= 1, bit++) {
    if (gray & 1) bits ^= numbers[bit] ?? 0;
  }
  return bits >>> 0;
}
