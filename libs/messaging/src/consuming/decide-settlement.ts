import { assertNever } from '@computalot/kernel';
import type { Outcome } from '../handle-message.js';

/** What becomes of one delivery. `failures` counts the tries so far that failed, this one included. */
export type Settlement =
  | { readonly kind: 'done' }
  | { readonly kind: 'dropped'; readonly reason: string }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly failures: number }
  | { readonly kind: 'dead'; readonly reason: string; readonly attempts: number };

const done: Settlement = { kind: 'done' };

/**
 * @param failures tries of this message that failed before
 * @param tiersMs delays of the retries; one more failure than there are tiers is final
 */
export function decideSettlement(
  outcome: Outcome,
  delivery: 'durable' | 'best_effort',
  failures: number,
  tiersMs: readonly number[],
): Settlement {
  if (outcome.kind === 'done') return done;
  if (delivery === 'best_effort') return { kind: 'dropped', reason: outcome.reason };
  if (outcome.kind === 'reject') return { kind: 'dead', reason: outcome.reason, attempts: failures + 1 };
  if (outcome.kind !== 'retry') return assertNever(outcome, 'outcome');
  const delayMs = tiersMs[failures];
  if (delayMs === undefined) return { kind: 'dead', reason: outcome.reason, attempts: failures + 1 };
  return { kind: 'retry', delayMs, failures: failures + 1 };
}
