import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planReduceTree, reducePayload, reduceTaskAt, reduceTaskTotal } from './reduce-tree.js';

test.each<[number, number | undefined, number[][]]>([
  [1, 2, [[1, 1]]],
  [500, undefined, [[500, 1]]],
  [100, 100, [[100, 1]]],
  [
    101,
    100,
    [
      [101, 2],
      [2, 1],
    ],
  ],
  [
    1_000_000,
    100,
    [
      [1_000_000, 10_000],
      [10_000, 100],
      [100, 1],
    ],
  ],
  [
    5,
    2,
    [
      [5, 3],
      [3, 2],
      [2, 1],
    ],
  ],
])('%d inputs with a fan-in of %s', (inputs, fanIn, stages) => {
  const tree = planReduceTree(inputs, fanIn);
  expect(tree.map((stage) => [stage.inputs, stage.tasks])).toEqual(stages);
  expect(tree.map(({ stage }) => stage)).toEqual(stages.map((_, place) => place + 1));
});

test('every input of every stage is read once, in order, and no task reads more than the fan-in or nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 2, max: 50 }), (inputs, fanIn) => {
      const tree = planReduceTree(inputs, fanIn);
      const next = tree.map(() => 0);
      for (let index = 0; index < reduceTaskTotal(tree); index++) {
        const { stage, start, end } = reduceTaskAt(tree, index);
        expect(start).toBe(next[stage - 1]);
        expect(end - start).toBeGreaterThan(0);
        expect(end - start).toBeLessThanOrEqual(fanIn);
        next[stage - 1] = end;
      }
      expect(next).toEqual(tree.map((stage) => stage.inputs));
      expect(tree.at(-1)?.tasks).toBe(1);
    }),
    { numRuns: 60 },
  );
});

test('what cannot be reduced is refused', () => {
  expect(() => planReduceTree(0, 2)).toThrow(RangeError);
  expect(() => planReduceTree(5, 1)).toThrow(RangeError);
  expect(() => reduceTaskAt(planReduceTree(5, 2), 6)).toThrow(RangeError);
});

test('the payload says what the reduce task finds', () => {
  expect(reducePayload({ a: 1, _reduce: 'mine' }, { stage: 1, inputs: 9, failed: 1 })).toEqual({
    a: 1,
    _reduce: { stage: 1, inputs: 9, failed: 1 },
  });
});
