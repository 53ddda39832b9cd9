import { expect, test } from '@jest/globals';
import { decideSettlement, type Settlement } from './decide-settlement.js';

const retry = { kind: 'retry', reason: 'busy' } as const;
const reject = { kind: 'reject', reason: 'bad' } as const;
const tiers = [10, 20];

test.each<[string, Parameters<typeof decideSettlement>, Settlement]>([
  ['done is done', [{ kind: 'done' }, 'durable', 5, tiers], { kind: 'done' }],
  ['the first failure waits the first tier', [retry, 'durable', 0, tiers], { kind: 'retry', delayMs: 10, failures: 1 }],
  ['the last tier is used', [retry, 'durable', 1, tiers], { kind: 'retry', delayMs: 20, failures: 2 }],
  ['after it the message is dead', [retry, 'durable', 2, tiers], { kind: 'dead', reason: 'busy', attempts: 3 }],
  [
    'a count beyond the tiers is dead too',
    [retry, 'durable', 9, tiers],
    { kind: 'dead', reason: 'busy', attempts: 10 },
  ],
  ['a rejection is dead at once', [reject, 'durable', 0, tiers], { kind: 'dead', reason: 'bad', attempts: 1 }],
  ['best effort is never retried', [retry, 'best_effort', 0, tiers], { kind: 'dropped', reason: 'busy' }],
  ['nor kept as a dead letter', [reject, 'best_effort', 0, tiers], { kind: 'dropped', reason: 'bad' }],
])('%s', (_what, given, expected) => {
  expect(decideSettlement(...given)).toEqual(expected);
});
