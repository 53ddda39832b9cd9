import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffDelayMs } from './backoff.js';

const most = () => 1 - Number.EPSILON;
const least = () => 0;

test.each([
  [1, 2_000],
  [2, 4_000],
  [3, 8_000],
  [4, 10_000],
  [1_000, 10_000],
])('retry %d waits at most %d ms and at least half of it', (retryNumber, whole) => {
  const backoff = { base_s: 2, max_s: 10 };
  expect(backoffDelayMs(retryNumber, backoff, most)).toBe(whole);
  expect(backoffDelayMs(retryNumber, backoff, least)).toBe(whole / 2);
});

test('no base, no delay, whatever the number', () => {
  expect(backoffDelayMs(1, { base_s: 0, max_s: 300 })).toBe(0);
  expect(backoffDelayMs(100_000, { base_s: 0, max_s: 300 })).toBe(0);
});

test('property: whole milliseconds within half and whole, never over the cap', () => {
  const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      seconds,
      seconds,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (retry, base_s, max_s, dice) => {
        const delay = backoffDelayMs(retry, { base_s, max_s }, () => dice);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeLessThanOrEqual(Math.round(max_s * 1000));
        expect(delay).toBeGreaterThanOrEqual(Math.floor((Math.min(base_s, max_s) * 1000) / 2));
      },
    ),
  );
});
