import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { spread } from './spread.js';

test.each([
  [
    'evenly over equals',
    4,
    [
      [4, 4],
      [4, 4],
    ],
    [2, 2],
  ],
  [
    'what is left over to the first',
    3,
    [
      [4, 4],
      [4, 4],
    ],
    [2, 1],
  ],
  [
    'first to the emptier',
    2,
    [
      [2, 8],
      [8, 8],
    ],
    [0, 2],
  ],
  [
    'by size',
    6,
    [
      [2, 2],
      [10, 10],
    ],
    [1, 5],
  ],
  [
    'all there is',
    99,
    [
      [2, 8],
      [3, 8],
    ],
    [2, 3],
  ],
  ['nothing', 0, [[2, 8]], [0]],
  ['over no place', 3, [], []],
])('spreads %s', (_, count, places, expected) => {
  expect(
    spread(
      count,
      places.map(([room, slots]) => ({ room: room!, slots: slots! })),
    ),
  ).toEqual(expected);
});

const place = fc
  .integer({ min: 1, max: 5_000 })
  .chain((slots) => fc.record({ room: fc.nat(slots), slots: fc.constant(slots) }));

test('property: everything asked for is given while there is room, whole tasks, nowhere beyond it', () => {
  fc.assert(
    fc.property(fc.nat(20_000), fc.array(place, { maxLength: 8 }), (count, places) => {
      const given = spread(count, places);
      const room = places.reduce((sum, each) => sum + each.room, 0);
      expect(given.reduce((sum, each) => sum + each, 0)).toBe(Math.min(count, room));
      for (const [at, each] of given.entries()) {
        expect(Number.isInteger(each) && each >= 0 && each <= places[at]!.room).toBe(true);
      }
    }),
  );
});

test('property: nobody who got more than one task is fuller than a place with room by more than a task', () => {
  fc.assert(
    fc.property(fc.nat(2_000), fc.array(place, { minLength: 2, maxLength: 6 }), (count, places) => {
      const given = spread(count, places);
      const free = (at: number, off = 0) => (places[at]!.room - given[at]! + off) / places[at]!.slots;
      for (const receiver of given.keys()) {
        if (given[receiver]! < 1) continue;
        for (const other of given.keys()) {
          if (given[other]! < places[other]!.room)
            expect(free(receiver, 1)).toBeGreaterThanOrEqual(free(other, -1) - 1e-9);
        }
      }
    }),
  );
});
