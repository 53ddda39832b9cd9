import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyOfSeed, philox, unitOf, wordsOf, type FourWords } from './philox.js';

const all = 0xffffffff;

// the known answers of the Random123 distribution (kat_vectors, philox4x32 10)
test.each<[string, FourWords, [number, number], FourWords]>([
  ['zeros', [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
  ['ones', [all, all, all, all], [all, all], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
  [
    'digits of pi',
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
])('known answer for %s', (_, counter, key, answer) => {
  expect(philox(counter, key)).toEqual(answer);
});

test('different seeds are different keys, negative ones too', () => {
  const seed = fc.maxSafeInteger();
  fc.assert(
    fc.property(seed, seed, (a, b) => {
      expect(JSON.stringify(keyOfSeed(a)) === JSON.stringify(keyOfSeed(b))).toBe(a === b);
    }),
  );
  expect(wordsOf(2 ** 32 + 5)).toEqual([5, 1]);
});

test('shares of one stay below one', () => {
  expect(unitOf(all, all)).toBe(1 - 2 ** -53);
  expect(unitOf(0, 0)).toBe(0);
});
