import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Fifo } from './fifo.js';

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ push: fc.integer() }) },
  { weight: 4, arbitrary: fc.constant('shift' as const) },
  fc.record({ front: fc.array(fc.integer(), { maxLength: 3 }) }),
  fc.constant('takeAll' as const),
);

test('behaves like an array', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const fifo = new Fifo<number>();
      let model: number[] = [];
      for (const next of steps) {
        if (next === 'shift') expect(fifo.shift()).toBe(model.shift());
        else if (next === 'takeAll') {
          expect(fifo.takeAll()).toEqual(model);
          model = [];
        } else if ('push' in next) {
          fifo.push(next.push);
          model.push(next.push);
        } else {
          fifo.pushFront(next.front);
          model.unshift(...next.front);
        }
        expect(fifo.length).toBe(model.length);
        expect(fifo.peek()).toBe(model[0]);
      }
    }),
  );
});

test('keeps its order over the compaction of a long run', () => {
  const fifo = new Fifo<number>();
  for (let nth = 0; nth < 5_000; nth++) fifo.push(nth);
  for (let nth = 0; nth < 4_000; nth++) expect(fifo.shift()).toBe(nth);
  fifo.push(5_000);
  expect([fifo.length, fifo.peek()]).toEqual([1_001, 4_000]);
});
