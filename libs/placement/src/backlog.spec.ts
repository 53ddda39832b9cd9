import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backlogFor } from './backlog.js';
import { place } from './place.js';
import type { Group, WorkerView } from './types.js';

const group = (jobId: string, more: Partial<Group> = {}): Group => ({
  jobId,
  accountId: 'acme',
  priority: 0,
  createdAt: 0,
  requirements: { cpu: 1 },
  queued: 10_000,
  parallelLeft: null,
  meanRuntimeMs: 10,
  ...more,
});
const worker = (held = 0, workerId = 'w'): WorkerView => ({
  workerId,
  offers: { cpu: 2 },
  held: held > 0 ? [{ requirements: { cpu: 1 }, count: held }] : [],
});
const counts = (
  groups: readonly Group[],
  workers: readonly WorkerView[],
  usage: Record<string, number> = {},
  maxBacklog = 512,
) =>
  Object.fromEntries(
    place(groups, workers, new Map(Object.entries(usage)), { maxBacklog }).map(({ jobId, count }) => [jobId, count]),
  );

test.each([
  ['1 ms', 1, 500],
  ['10 ms', 10, 50],
  ['400 ms', 400, 2],
  ['nothing measurable', 0, 5_000],
  ['a second: none, they spread over workers', 1_000, 0],
  ['an hour', 3_600_000, 0],
])('two slots with tasks of %s', (_, mean, expected) => {
  expect(backlogFor(2, mean, 100)).toBe(expected);
});

test.each([
  ['a long queue: one a slot', 4, 2],
  ['a short queue: none, another worker may come', 3.9, 0],
])('unknown runtime, %s', (_, queuePerSlot, expected) => {
  expect(backlogFor(2, null, queuePerSlot)).toBe(expected);
});

describe('beyond capacity', () => {
  test('a worker gets its slots and the window', () => {
    expect(counts([group('a')], [worker()])).toEqual({ a: 52 });
  });

  test('what it already holds beyond its slots counts', () => {
    expect(counts([group('a')], [worker(32)])).toEqual({ a: 20 });
    expect(counts([group('a')], [worker(52)])).toEqual({});
  });

  test('never more than maxBacklog, than waits, than max_parallel leaves', () => {
    expect(counts([group('a', { meanRuntimeMs: 0 })], [worker()], {}, 7)).toEqual({ a: 9 });
    expect(counts([group('a', { queued: 5 })], [worker()])).toEqual({ a: 5 });
    expect(counts([group('a', { parallelLeft: 3 })], [worker()])).toEqual({ a: 3 });
  });

  test('the tail of a job spreads over the workers', () => {
    const placed = place([group('a', { queued: 20 })], [worker(0, 'v'), worker(0, 'w')], new Map(), {
      maxBacklog: 512,
    });
    expect(placed.map(({ count }) => count)).toEqual([10, 10]);
  });

  test('property: the backlog of a worker is never over maxBacklog unless it was', () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.nat(30),
        fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }),
        (maxBacklog, held, means) => {
          const groups = means.map((meanRuntimeMs, at) => group(`j${at}`, { meanRuntimeMs, accountId: `${at % 2}` }));
          const sum = Object.values(counts(groups, [worker(held)], {}, maxBacklog)).reduce(
            (total, each) => total + each,
            0,
          );
          expect(held + sum).toBeLessThanOrEqual(Math.max(held, 2 + maxBacklog));
        },
      ),
    );
  });
});

describe('a backlog keeps nobody out', () => {
  const long = { meanRuntimeMs: 60_000 };

  test('an account that waits stops the top-up of one that uses more', () => {
    const groups = [group('short'), group('long', { accountId: 'late', createdAt: 9, ...long })];
    expect(counts(groups, [worker(30)], { acme: 30 })).toEqual({});
  });

  test('so its capacity shows once that has drained, and is shared', () => {
    const groups = [group('short'), group('long', { accountId: 'late', createdAt: 9, ...long })];
    expect(counts(groups, [worker(0)])).toMatchObject({ long: 1 });
  });

  test('a waiting account that has its share does not stop others', () => {
    const groups = [group('short'), group('long', { accountId: 'late', ...long })];
    expect(counts(groups, [worker(2)], { acme: 1, late: 1 })).toEqual({ short: 50 });
  });

  test('a higher priority that waits stops the top-up of a lower one', () => {
    const groups = [group('short'), group('long', { priority: 1, ...long })];
    expect(counts(groups, [worker(30)], { acme: 30 })).toEqual({});
  });

  test('a younger job of the same account waits its turn', () => {
    const groups = [group('short'), group('long', { createdAt: 9, ...long })];
    expect(counts(groups, [worker(30)], { acme: 30 })).toEqual({ short: 22 });
  });

  test('who waits for other workers stops nothing here', () => {
    const groups = [group('short'), group('gpu', { accountId: 'late', requirements: { gpu: 1 }, ...long })];
    expect(counts(groups, [worker(30)], { acme: 30 })).toEqual({ short: 22 });
  });

  test('who has got what suits it in advance stops nobody', () => {
    const groups = [group('slow', { meanRuntimeMs: 500 }), group('fast', { meanRuntimeMs: 1, createdAt: 9 })];
    expect(counts(groups, [worker(0)])).toEqual({ slow: 3, fast: 499 });
  });

  test('short jobs of two accounts share the window', () => {
    const placed = counts([group('a'), group('b', { accountId: 'other', createdAt: 1 })], [worker(0)]);
    expect(Math.abs(placed['a']! - placed['b']!)).toBeLessThanOrEqual(1);
    expect(placed['a']! + placed['b']!).toBe(52);
  });
});
