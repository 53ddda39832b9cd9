import { describe, expect, test } from '@jest/globals';
import { MAX_INFRASTRUCTURE_LOSSES, type TaskReport } from '@computalot/contracts';
import type { CurrentAttempt, JobFacts } from '@computalot/database';
import { decideLoss, decideMove } from './decide-move.js';
import { lastOfEachAttempt } from './record-reports.service.js';

const current = (over: Partial<CurrentAttempt> = {}): CurrentAttempt => ({
  job_id: 'j',
  index: 3,
  attempt: 1,
  state: 'running',
  failures: 0,
  losses: 0,
  worker_id: 'w',
  address: '(0,1)',
  ...over,
});
const report = (over: Partial<TaskReport>): TaskReport => ({
  job_id: 'j',
  index: 3,
  attempt: 1,
  kind: 'completed',
  ...over,
});
const facts = (retry: Record<string, unknown> = {}): JobFacts => ({
  id: 'j',
  account_id: 'a',
  project_id: null,
  type: 'structured_runner',
  tags: [],
  client_ref: null,
  retry,
});
const decide = (now: CurrentAttempt, what: Partial<TaskReport>, retry = {}) =>
  decideMove(now, report(what), facts(retry), 10_000, () => 1);

describe('what a report means', () => {
  test.each<[string, CurrentAttempt, Partial<TaskReport>, object, object | null]>([
    [
      'a start moves a lease',
      current({ state: 'leased' }),
      { kind: 'started', started_at: 5 },
      {},
      { to: 'running', started_at: 5 },
    ],
    ['a second start changes nothing', current(), { kind: 'started', started_at: 5 }, {}, null],
    [
      'an end without a start is an end',
      current({ state: 'leased' }),
      { exit_code: 0 },
      {},
      { from: 'leased', to: 'completed' },
    ],
    [
      'the first failure is retried',
      current(),
      { kind: 'failed', reason: 'exit', exit_code: 1 },
      {},
      { to: 'retrying', failures: 1 },
    ],
    [
      'the last allowed failure is final',
      current({ failures: 1 }),
      { kind: 'failed', reason: 'exit', exit_code: 1 },
      {},
      { to: 'failed', failures: 1 },
    ],
    [
      'max_attempts 1 never retries',
      current(),
      { kind: 'failed', reason: 'exit', exit_code: 1 },
      { max_attempts: 1 },
      { to: 'failed', failures: 1 },
    ],
    [
      'other exit codes are not retried',
      current(),
      { kind: 'failed', reason: 'exit', exit_code: 2 },
      { retry_on: ['exit:137'] },
      { to: 'failed', failures: 1 },
    ],
    [
      'backoff delays the retry',
      current(),
      { kind: 'failed', reason: 'timeout' },
      { backoff_s: 4 },
      { to: 'retrying', available_at: 14_000 },
    ],
    [
      'infrastructure is not charged to the user, and waits for what is missing',
      current({ failures: 1, losses: 2 }),
      { kind: 'failed', reason: 'infrastructure' },
      {},
      { to: 'retrying', available_at: 18_000, losses: 1 },
    ],
    ['a lease handed back costs nothing', current(), { kind: 'returned' }, {}, { to: 'queued' }],
    [
      'nor does an interrupted attempt, but what it wrote is kept',
      current(),
      { kind: 'returned', started_at: 1, stdout: { size_bytes: 1, tail: 'YQ==', stored: false } },
      {},
      {
        to: 'queued',
        ended: 'infrastructure',
        stdout: { size_bytes: 1 },
        outcome: { error: { code: 'worker_drained' } },
      },
    ],
    [
      'one handed back because what it needs is out of reach waits, says why, and costs nothing',
      current({ state: 'leased', attempt: 4, losses: 5 }),
      { kind: 'returned', error: { code: 'storage_unavailable', message: 'm' } },
      { retry_on: [] },
      { from: 'leased', to: 'retrying', available_at: 26_000, outcome: { error: { code: 'storage_unavailable' } } },
    ],
    [
      'but not for ever: then it counts',
      current({ state: 'leased', attempt: 101, losses: 4 }),
      { kind: 'returned', error: { code: 'storage_unavailable', message: 'm' } },
      {},
      { to: 'retrying', available_at: 70_000, losses: 1, ended: 'infrastructure' },
    ],
    [
      'and ends the task, saying why',
      current({ state: 'leased', attempt: 102, losses: 5 }),
      { kind: 'returned', error: { code: 'storage_unavailable', message: 'm' } },
      {},
      { to: 'failed', losses: 1, outcome: { error: { message: 'm' } } },
    ],
    ['a cancelled attempt ends its task', current(), { kind: 'cancelled' }, {}, { to: 'cancelled' }],
  ])('%s', (_name, now, what, retry, expected) => {
    const move = decide(now, what, retry);
    if (expected === null) expect(move).toBeNull();
    else expect(move).toMatchObject(expected);
    // What a case does not expect to be charged must not be charged.
    for (const charge of ['failures', 'losses'] as const) {
      if (expected && !(charge in expected) && !('to' in expected && expected.to === 'retrying'))
        expect(move?.[charge]).toBeUndefined();
    }
  });

  test.each([1, 4, 100])('attempt %i that could not be begun is never charged', (attempt) => {
    const error = { code: 'storage_unavailable', message: 'm' };
    const move = decide(current({ state: 'leased', attempt, losses: 5 }), { kind: 'returned', error });
    expect([move?.losses, move?.failures, move?.ended]).toEqual([undefined, undefined, undefined]);
  });

  test('every attempt that does not complete is kept in the history, with why', () => {
    expect(
      decide(current(), { kind: 'failed', reason: 'timeout', error: { code: 'timeout', message: 'm' } }),
    ).toMatchObject({
      ended: 'timeout',
      outcome: { error: { code: 'timeout' } },
    });
    expect(decide(current(), { kind: 'completed' })?.ended).toBeUndefined();
    expect(decide(current({ state: 'leased' }), { kind: 'returned' })?.ended).toBeUndefined();
  });
});

test('progress is kept as the object it was, not as text; text that is no JSON is dropped', () => {
  expect(decide(current(), { progress: '{"done":3}' })?.outcome).toMatchObject({ progress: { done: 3 } });
  expect(decide(current(), { progress: '{"done"' })?.outcome).toBeUndefined();
});

describe('losses', () => {
  test.each(Array.from({ length: MAX_INFRASTRUCTURE_LOSSES }, (_, losses) => losses))(
    'loss after %i others requeues',
    (losses) => {
      expect(decideLoss(current({ losses }), 'why').to).toBe('queued');
    },
  );
  test('lease upon lease lost before its start costs nothing, but not for ever', () => {
    const leased = { state: 'leased', losses: MAX_INFRASTRUCTURE_LOSSES } as const;
    expect(decideLoss(current({ ...leased, attempt: 20 }), 'why')).toMatchObject({ to: 'queued', losses: undefined });
    expect(decideLoss(current({ ...leased, attempt: 21 }), 'why')).toMatchObject({ to: 'failed', losses: 1 });
  });
  test('one more ends the task', () => {
    expect(decideLoss(current({ losses: MAX_INFRASTRUCTURE_LOSSES }), 'why').to).toBe('failed');
  });
});

describe('reports of one batch', () => {
  test('a start and an end of one attempt are one end that knows its start', () => {
    const merged = lastOfEachAttempt([
      report({ kind: 'started', started_at: 1 }),
      report({ kind: 'completed', finished_at: 2 }),
    ]);
    expect(merged).toEqual([report({ kind: 'completed', started_at: 1, finished_at: 2 })]);
  });
  test('the first end counts', () => {
    expect(lastOfEachAttempt([report({ kind: 'failed' }), report({ kind: 'completed' })]).map((r) => r.kind)).toEqual([
      'failed',
    ]);
  });
});
