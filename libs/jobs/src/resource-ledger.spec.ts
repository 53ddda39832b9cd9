import { describe, expect, test } from '@jest/globals';
import type { Resources } from '@computalot/contracts';
import fc from 'fast-check';
import {
  amountsLeft,
  capacityBeside,
  consumedResources,
  fits,
  fitsBeside,
  ResourceLedger,
  type Held,
} from './resource-ledger.js';

test.each<[string, Resources, Resources, boolean]>([
  ['nothing into something', {}, { cpu: 1 }, true],
  ['nothing into nothing: each task costs a little', {}, {}, false],
  ['exactly', { cpu: 2, memory_gb: 4 }, { cpu: 2, memory_gb: 4 }, true],
  ['a trace too much', { cpu: 2.001 }, { cpu: 2 }, false],
  ['what is not offered', { gpu: 1 }, { cpu: 8 }, false],
  ['gpu memory per gpu, not in sum', { gpu: 2, gpu_memory_gb: 24 }, { gpu: 2, gpu_memory_gb: 24 }, true],
  ['too small gpus', { gpu: 1, gpu_memory_gb: 24 }, { gpu: 8, gpu_memory_gb: 16 }, false],
  ['a label', { cpu: 1, labels: { zone: 'a' } }, { cpu: 1, labels: { zone: 'a', disk: 'ssd' } }, true],
  ['another value of it', { cpu: 1, labels: { zone: 'a' } }, { cpu: 1, labels: { zone: 'A' } }, false],
  ['a label that only the prototype has', { cpu: 1, labels: { constructor: 'x' } }, { cpu: 1, labels: {} }, false],
])('%s', (_, requirements, offers, expected) => {
  expect(fits(requirements, offers)).toBe(expected);
});

describe('fractions', () => {
  test.each([
    [0.1, 1, 10],
    [0.3, 0.9, 3],
    [0.7, 2.1, 3],
    [0.0001, 1, 1_000],
    [0.333, 1, 3],
  ])('%d goes into %d %d times', (cpu, offered, times) => {
    expect(capacityBeside({ cpu: offered }, [], { cpu })).toBe(times);
  });

  test('beside ten tenths there is no room', () => {
    const held = (count: number) => [{ requirements: { cpu: 0.1 }, count }];
    expect(fitsBeside({ cpu: 1 }, held(9), { cpu: 0.1 })).toBe(true);
    expect(fitsBeside({ cpu: 1 }, held(10), { cpu: 0.1 })).toBe(false);
  });
});

const requirements = fc.record(
  { cpu: fc.nat(20).map((tenths) => tenths / 10), memory_gb: fc.nat(8), gpu: fc.nat(2) },
  { requiredKeys: [] },
);
const offers = fc.record({ cpu: fc.nat(8), memory_gb: fc.nat(16), gpu: fc.nat(4) });

describe('a ledger, for any sequence of takes and releases', () => {
  test('never exceeds the offer, and refuses exactly what does not fit beside what is held', () => {
    const step = fc.record({ take: fc.boolean(), requirements });
    fc.assert(
      fc.property(offers, fc.array(step, { maxLength: 60 }), (offer, steps) => {
        const ledger = new ResourceLedger(offer);
        const held: Held[] = [];
        for (const each of steps) {
          if (each.take) {
            const expected = fitsBeside(offer, held, each.requirements);
            expect(ledger.tryTake(each.requirements)).toBe(expected);
            if (expected) held.push({ requirements: each.requirements, count: 1 });
          } else {
            const released = held.pop();
            if (released) ledger.release(released.requirements);
          }
          const left = amountsLeft(offer, held);
          for (const name of consumedResources) expect(left[name]).toBeGreaterThanOrEqual(0);
          expect(ledger.freeCpu).toBe(left.cpu / 1000);
        }
      }),
    );
  });
});
