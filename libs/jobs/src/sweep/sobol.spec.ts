import { expect, test } from '@jest/globals';
import { MAX_SOBOL_DIMENSIONS, sobolBits } from './sobol.js';

const point = (index: number, dimensions: number) =>
  Array.from({ length: dimensions }, (_, dimension) => sobolBits(index, dimension) / 2 ** 32);

// scipy.stats.qmc.Sobol(d=32, scramble=False, bits=32) of SciPy 1.17.1
test('the first points are those of SciPy', () => {
  expect(Array.from({ length: 8 }, (_, index) => point(index, 4))).toEqual([
    [0, 0, 0, 0],
    [0.5, 0.5, 0.5, 0.5],
    [0.75, 0.25, 0.25, 0.25],
    [0.25, 0.75, 0.75, 0.75],
    [0.375, 0.375, 0.625, 0.875],
    [0.875, 0.875, 0.125, 0.375],
    [0.625, 0.125, 0.875, 0.625],
    [0.125, 0.625, 0.375, 0.125],
  ]);
});

test.each([
  [
    777,
    [
      0.6923828125, 0.9365234375, 0.1630859375, 0.2744140625, 0.6357421875, 0.3564453125, 0.1904296875, 0.7626953125,
      0.3486328125, 0.3232421875, 0.7451171875, 0.6962890625, 0.3837890625, 0.4736328125, 0.5693359375, 0.5146484375,
      0.4033203125, 0.8642578125, 0.3701171875, 0.7529296875, 0.2373046875, 0.2724609375, 0.9462890625, 0.4814453125,
      0.3447265625, 0.1455078125, 0.0595703125, 0.7802734375, 0.0634765625, 0.1103515625, 0.5419921875, 0.8994140625,
    ],
  ],
  [
    1000,
    [
      0.2197265625, 0.0966796875, 0.5185546875, 0.6767578125, 0.2802734375, 0.9072265625, 0.0458984375, 0.8994140625,
      0.5009765625, 0.0693359375, 0.0849609375, 0.2548828125, 0.1611328125, 0.3837890625, 0.1435546875, 0.3701171875,
      0.7197265625, 0.3447265625, 0.9912109375, 0.7255859375, 0.5224609375, 0.5498046875, 0.9501953125, 0.5400390625,
      0.5830078125, 0.9072265625, 0.0400390625, 0.9794921875, 0.0595703125, 0.3408203125, 0.1474609375, 0.1455078125,
    ],
  ],
])('point %d in all 32 dimensions is that of SciPy', (index, expected) => {
  expect(point(index, MAX_SOBOL_DIMENSIONS)).toEqual(expected);
});

test('the first 2^n points fill every one of 2^n intervals, in each dimension', () => {
  for (let dimension = 0; dimension < MAX_SOBOL_DIMENSIONS; dimension++) {
    const cells = Array.from({ length: 1024 }, (_, index) => sobolBits(index, dimension) >>> 22);
    expect(new Set(cells).size).toBe(1024);
  }
});

test('the first two dimensions leave no elementary rectangle empty', () => {
  for (let bits = 0; bits <= 10; bits++) {
    const cells = Array.from({ length: 1024 }, (_, index) => {
      const x = Math.floor(sobolBits(index, 0) / 2 ** (32 - bits));
      const y = Math.floor(sobolBits(index, 1) / 2 ** (22 + bits));
      return `${x} ${y}`;
    });
    expect(new Set(cells).size).toBe(1024);
  }
});

test('there is no dimension beyond the table', () => {
  expect(() => sobolBits(1, MAX_SOBOL_DIMENSIONS)).toThrow(RangeError);
});
