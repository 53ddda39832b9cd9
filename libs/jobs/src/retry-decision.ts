import { constants } from 'node:os';
import { assertNever, backoffDelayMs } from '@computalot/kernel';
import type { FailureReason } from '@computalot/contracts';

/** `retry` of a submission with its defaults filled in. */
export interface RetryPolicy {
  /** Attempts of the user's program in all, the first included. */
  readonly max_attempts: number;
  /** Seconds before the first retry, doubling; 0 retries at once. */
  readonly backoff_s: number;
  readonly max_backoff_s: number;
  /** Reasons that are retried: `exit`, `timeout`, `infrastructure`, `invalid`, or one exit code as `exit:137`. */
  readonly retry_on: readonly string[];
}

export const defaultRetryPolicy: RetryPolicy = {
  max_attempts: 2,
  backoff_s: 0,
  max_backoff_s: 300,
  retry_on: ['exit', 'timeout', 'infrastructure'],
};

const RETRY_ON = /^(exit|timeout|infrastructure|invalid|exit:(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))$/;

/** Whether a word may stand in `retry_on`. */
export function isRetryOnWord(word: string): boolean {
  return RETRY_ON.test(word);
}

/** The policy of a submission: what it leaves out, or sets to null, has its default. */
export function retryPolicyOf(given: { readonly [K in keyof RetryPolicy]?: RetryPolicy[K] | null } = {}): RetryPolicy {
  return {
    max_attempts: given.max_attempts ?? defaultRetryPolicy.max_attempts,
    backoff_s: given.backoff_s ?? defaultRetryPolicy.backoff_s,
    max_backoff_s: given.max_backoff_s ?? defaultRetryPolicy.max_backoff_s,
    retry_on: given.retry_on ?? defaultRetryPolicy.retry_on,
  };
}

/** A task's history before the attempt that just ended. */
export interface AttemptHistory {
  readonly policy: RetryPolicy;
  /** Earlier attempts that the user's program failed. */
  readonly failures: number;
  /** Earlier attempts lost with their worker. */
  readonly losses: number;
  /** Losses that a task survives. */
  readonly maxLosses: number;
}

export interface AttemptFailure {
  readonly reason: FailureReason;
  readonly exit_code?: number;
  /** Name of the signal that ended the process, e.g. `SIGKILL`; counts as exit code 128 + its number. */
  readonly signal?: string;
  /** The same would happen again (e.g. the command does not exist): never retried. */
  readonly nonRetryable?: boolean;
}

export type RetryDecision =
  { readonly next: 'retry'; readonly delay_ms: number } | { readonly next: 'requeue' } | { readonly next: 'fail' };

/**
 * What becomes of a task after an attempt that did not complete it.
 *
 * - A lost worker never uses up an attempt of the user's: `requeue` (at once, elsewhere) until `maxLosses`, then `fail`. Whoever must
 *   not run twice leaves `infrastructure` out of `retry_on`.
 * - `invalid` (a broken or too large result) is deterministic in all likelihood: not in the default `retry_on`.
 *
 * The caller then counts one more loss for reason `infrastructure`, one more failure for any other.
 */
export function decideAfterAttempt(
  { policy, failures, losses, maxLosses }: AttemptHistory,
  outcome: AttemptFailure,
  random: () => number = Math.random,
): RetryDecision {
  if (outcome.nonRetryable || !isRetried(policy, outcome)) return { next: 'fail' };
  if (outcome.reason === 'infrastructure') return losses < maxLosses ? { next: 'requeue' } : { next: 'fail' };
  if (failures + 1 >= policy.max_attempts) return { next: 'fail' };
  const backoff = { base_s: policy.backoff_s, max_s: policy.max_backoff_s };
  return { next: 'retry', delay_ms: backoffDelayMs(failures + 1, backoff, random) };
}

function isRetried(policy: RetryPolicy, outcome: AttemptFailure): boolean {
  switch (outcome.reason) {
    case 'exit': {
      const code = exitCodeOf(outcome);
      return policy.retry_on.includes('exit') || (code !== undefined && policy.retry_on.includes(`exit:${code}`));
    }
    case 'timeout':
    case 'infrastructure':
    case 'invalid':
      return policy.retry_on.includes(outcome.reason);
    default:
      return assertNever(outcome.reason, 'failure reason');
  }
}

function exitCodeOf({ exit_code, signal }: AttemptFailure): number | undefined {
  if (signal === undefined) return exit_code;
  const number = (constants.signals as Partial<Record<string, number>>)[signal];
  return number === undefined ? exit_code : 128 + number;
}
