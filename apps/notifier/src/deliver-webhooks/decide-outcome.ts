import type { DeliveryOutcome } from '@computalot/database';
import { backoffDelayMs } from '@computalot/kernel';
import type { WebhookAnswer } from './post-webhook.js';

/** Seconds after its creation at which a delivery that nobody took is given up. */
export const GIVE_UP_AFTER_S = 24 * 3_600;
const BACKOFF = { base_s: 5, max_s: 3_600 };
const GONE = 410;

export interface Attempt {
  /** From 1; of those since `since`. */
  readonly number: number;
  /** When its day began. */
  readonly since: Date;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** 2xx: delivered. 410: the receiver wants no more. Everything else, redirects too, is tried again until a day is over. */
export function decideOutcome(answer: WebhookAnswer, attempt: Attempt, random?: () => number): DeliveryOutcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return { state: 'delivered', status, error: null };
  if (status === GONE) return { state: 'dead', status, error: 'the receiver answered 410 Gone' };
  const wanted_s = retryAfterSeconds(answer.retryAfter, attempt.now);
  return retryOrGiveUp(`the receiver answered ${status}`, status, attempt, wanted_s, random);
}

export function decideAfterError(message: string, attempt: Attempt, random?: () => number): DeliveryOutcome {
  return retryOrGiveUp(message, null, attempt, null, random);
}

function retryOrGiveUp(
  error: string,
  status: number | null,
  attempt: Attempt,
  wanted_s: number | null,
  random?: () => number,
): DeliveryOutcome {
  const retry_in_s = wanted_s ?? backoffDelayMs(attempt.number, BACKOFF, random) / 1_000;
  const age_s = (attempt.now - attempt.since.getTime()) / 1_000;
  if (age_s + retry_in_s > GIVE_UP_AFTER_S) return { state: 'dead', status, error: `${error}; given up after 24 h` };
  return { state: 'pending', status, error, retry_in_s };
}

/** `Retry-After` in its two spellings, seconds or a date; null when absent or nonsense. */
export function retryAfterSeconds(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim());
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1_000);
}
