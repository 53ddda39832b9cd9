import { expect, test } from '@jest/globals';
import type { Allowance, RequestCounter } from './request-counter.js';

/** What every store of counts must do; `open` makes a counter whose counts nobody else has. */
export function requestCounterConformance(open: (allowance: Allowance) => RequestCounter): void {
  const allowance = { name: 'account', requests: 3, window_s: 600 };

  test('counts down to the last request that is allowed, and says when there are more', async () => {
    const counter = open(allowance);
    const counts = [];
    for (let n = 0; n < 5; n++) counts.push(await counter.take('a'));
    expect(counts.map(({ remaining, isOver }) => [remaining, isOver])).toEqual([
      [2, false],
      [1, false],
      [0, false],
      [0, true],
      [0, true],
    ]);
    for (const { reset_s } of counts) {
      expect(reset_s).toBeGreaterThan(0);
      expect(reset_s).toBeLessThanOrEqual(600);
    }
  });

  test('counts every key by itself', async () => {
    const counter = open(allowance);
    await counter.take('a', 4);
    expect(await counter.take('b')).toMatchObject({ remaining: 2, isOver: false });
  });

  test('lets exactly as many of many at once through as are allowed', async () => {
    const counter = open({ ...allowance, requests: 20 });
    const counts = await Promise.all(Array.from({ length: 50 }, () => counter.take('a')));
    expect(counts.filter(({ isOver }) => !isOver)).toHaveLength(20);
  });

  test('looking counts nothing and says whether the next would be too many', async () => {
    const counter = open(allowance);
    expect(await counter.look('a')).toMatchObject({ remaining: 3, isOver: false });
    await counter.take('a', 2);
    for (let n = 0; n < 5; n++) expect(await counter.look('a')).toMatchObject({ remaining: 1, isOver: false });
    await counter.take('a');
    expect(await counter.look('a')).toMatchObject({ remaining: 0, isOver: true });
  });
}
