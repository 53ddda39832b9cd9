import { describe, expect, test } from '@jest/globals';
import { decideAfterError, decideOutcome, GIVE_UP_AFTER_S, retryAfterSeconds } from './decide-outcome.js';

const since = new Date('2026-01-01T00:00:00Z');
const at = (age_s: number, number = 1) => ({ number, since, now: since.getTime() + age_s * 1_000 });
const answer = (status: number, retryAfter?: string) => ({ status, retryAfter });

describe('decideOutcome', () => {
  test.each([200, 201, 204, 299])('%i is delivered', (status) => {
    expect(decideOutcome(answer(status), at(1))).toEqual({ state: 'delivered', status, error: null });
  });

  test.each([301, 307, 400, 404, 429, 500, 503])('%i is tried again', (status) => {
    expect(decideOutcome(answer(status), at(1))).toMatchObject({ state: 'pending', status });
  });

  test('410 ends it', () => expect(decideOutcome(answer(410), at(1)).state).toBe('dead'));

  test('delays double, with jitter, up to an hour', () => {
    const delay = (number: number, random: number) =>
      decideAfterError('refused', at(1, number), () => random).retry_in_s;
    expect([1, 2, 3, 20].map((number) => delay(number, 0.999_999_999))).toEqual([5, 10, 20, 3_600]);
    expect(delay(1, 0)).toBe(2.5);
  });

  test('Retry-After is honoured, in seconds and as a date', () => {
    expect(decideOutcome(answer(503, '120'), at(1)).retry_in_s).toBe(120);
    expect(decideOutcome(answer(429, 'Thu, 01 Jan 2026 00:01:00 GMT'), at(10)).retry_in_s).toBe(50);
    expect(retryAfterSeconds('soon', 0)).toBeNull();
  });

  test('is given up when the next attempt would come after a day', () => {
    expect(decideAfterError('refused', at(GIVE_UP_AFTER_S - 1, 20))).toMatchObject({
      state: 'dead',
      error: 'refused; given up after 24 h',
    });
    expect(decideOutcome(answer(503, '90000'), at(1)).state).toBe('dead');
    expect(decideAfterError('refused', at(GIVE_UP_AFTER_S - 3_601, 20)).state).toBe('pending');
  });
});
