import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decideAfterAttempt,
  defaultRetryPolicy,
  isRetryOnWord,
  retryPolicyOf,
  type AttemptFailure,
  type AttemptHistory,
  type RetryPolicy,
} from './retry-decision.js';

const history = (policy: Partial<RetryPolicy> = {}, more: Partial<AttemptHistory> = {}): AttemptHistory => ({
  policy: retryPolicyOf(policy),
  failures: 0,
  losses: 0,
  maxLosses: 5,
  ...more,
});
const next = (past: AttemptHistory, outcome: AttemptFailure) => decideAfterAttempt(past, outcome, () => 0).next;

describe('by default', () => {
  test.each<[string, Partial<AttemptHistory>, AttemptFailure, string]>([
    ['a first failure is retried', {}, { reason: 'exit', exit_code: 1 }, 'retry'],
    ['a second is final', { failures: 1 }, { reason: 'exit', exit_code: 1 }, 'fail'],
    ['a timeout is retried', {}, { reason: 'timeout' }, 'retry'],
    ['a broken result is not', {}, { reason: 'invalid' }, 'fail'],
    ['a command that does not exist is not', {}, { reason: 'exit', exit_code: 127, nonRetryable: true }, 'fail'],
    ['a lost worker is another worker’s turn', {}, { reason: 'infrastructure' }, 'requeue'],
    [
      'a loss after the last attempt but one still is',
      { failures: 1, losses: 4 },
      { reason: 'infrastructure' },
      'requeue',
    ],
    ['five losses are survived, a sixth is not', { losses: 5 }, { reason: 'infrastructure' }, 'fail'],
    ['losses do not use up attempts', { losses: 5 }, { reason: 'exit', exit_code: 1 }, 'retry'],
  ])('%s', (_, past, outcome, expected) => {
    expect(next(history({}, past), outcome)).toBe(expected);
  });

  test('a retry comes at once', () => {
    expect(decideAfterAttempt(history(), { reason: 'exit', exit_code: 1 })).toEqual({ next: 'retry', delay_ms: 0 });
  });
});

describe('retry_on', () => {
  test.each<[string[], AttemptFailure, string]>([
    [['exit:137'], { reason: 'exit', exit_code: 137 }, 'retry'],
    [['exit:137'], { reason: 'exit', signal: 'SIGKILL' }, 'retry'],
    [['exit:143'], { reason: 'exit', signal: 'SIGKILL' }, 'fail'],
    [['exit:137'], { reason: 'exit', exit_code: 1 }, 'fail'],
    [['exit:0'], { reason: 'exit', signal: 'SIGNOTHING' }, 'fail'],
    [['timeout'], { reason: 'exit', exit_code: 1 }, 'fail'],
    [['exit'], { reason: 'timeout' }, 'fail'],
    [['exit'], { reason: 'infrastructure' }, 'fail'],
    [['invalid'], { reason: 'invalid' }, 'retry'],
    [[], { reason: 'exit', exit_code: 1 }, 'fail'],
  ])('%j after %j: %s', (retry_on, outcome, expected) => {
    expect(next(history({ retry_on }), outcome)).toBe(expected);
  });

  test.each([
    ['exit', true],
    ['timeout', true],
    ['infrastructure', true],
    ['exit:137', true],
    ['exit:0', true],
    ['exit:', false],
    ['exit:007', false],
    ['exit:255', true],
    ['exit:256', false],
    ['exit:1000', false],
    ['exits', false],
    ['', false],
  ])('the word %j: %s', (word, expected) => {
    expect(isRetryOnWord(word)).toBe(expected);
  });
});

test('delays grow with the failures and stop at the cap', () => {
  const policy = { max_attempts: 9, backoff_s: 2, max_backoff_s: 5 };
  const delay = (failures: number) => decideAfterAttempt(history(policy, { failures }), { reason: 'timeout' }, () => 0);
  expect([0, 1, 2, 3].map(delay)).toEqual(
    [1_000, 2_000, 2_500, 2_500].map((delay_ms) => ({ next: 'retry', delay_ms })),
  );
});

test('what a submission leaves out has its default, also where it says null', () => {
  expect(retryPolicyOf()).toEqual(defaultRetryPolicy);
  expect(retryPolicyOf({ max_attempts: 7, backoff_s: null })).toEqual({ ...defaultRetryPolicy, max_attempts: 7 });
});

test('property: every task ends: max_attempts attempts of the program at most, maxLosses + 1 losses at most', () => {
  const reasons = fc.array(fc.constantFrom('exit', 'timeout', 'infrastructure'), { minLength: 60, maxLength: 60 });
  fc.assert(
    fc.property(reasons, fc.integer({ min: 1, max: 20 }), fc.nat(5), (outcomes, max_attempts, maxLosses) => {
      let failures = 0;
      let losses = 0;
      for (const reason of outcomes) {
        const decision = decideAfterAttempt(history({ max_attempts }, { failures, losses, maxLosses }), { reason });
        if (reason === 'infrastructure') losses++;
        else failures++;
        if (decision.next === 'fail') break;
      }
      expect(failures).toBeLessThanOrEqual(max_attempts);
      expect(losses).toBeLessThanOrEqual(maxLosses + 1);
      expect(failures === max_attempts || losses === maxLosses + 1).toBe(true);
    }),
  );
});
