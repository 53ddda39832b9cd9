import { describe, expect, test } from '@jest/globals';
import { place } from './place.js';
import { group, noBacklog, nobody, total, worker } from './samples.fixture.js';
import type { Group } from './types.js';

describe('capacity', () => {
  test('ten tenths of a core fit on one core, and no eleventh', () => {
    const placed = place(
      [group('a', { requirements: { cpu: 0.1 }, queued: 50 })],
      [worker('w', { cpu: 1 })],
      nobody,
      noBacklog,
    );
    expect(placed).toEqual([{ jobId: 'a', workerId: 'w', count: 10 }]);
  });

  test('what is held counts, and a held backlog leaves nothing', () => {
    const held = (count: number) => [worker('w', { cpu: 4 }, [{ requirements: { cpu: 1 }, count }])];
    expect(total(place([group('a')], held(3), nobody, noBacklog))).toBe(1);
    expect(place([group('a')], held(9), nobody, noBacklog)).toEqual([]);
  });

  test('max_parallel caps a job over all workers', () => {
    const placed = place(
      [group('a', { parallelLeft: 3 })],
      [worker('v', { cpu: 2 }), worker('w', { cpu: 4 })],
      nobody,
      noBacklog,
    );
    expect(total(placed)).toBe(3);
    expect(place([group('a', { parallelLeft: 0 })], [worker('w', { cpu: 4 })], nobody, noBacklog)).toEqual([]);
  });

  test('an account is given no more than it may have, over all its jobs, workers and backlogs; others get the rest', () => {
    const placed = place(
      [
        group('a', { meanRuntimeMs: 1, queued: 500 }),
        group('b', { meanRuntimeMs: 1, queued: 500 }),
        group('c', { accountId: 'other', meanRuntimeMs: 1, queued: 500 }),
        group('d', { accountId: 'none' }),
      ],
      [worker('v', { cpu: 8 }), worker('w', { cpu: 8 })],
      nobody,
      {
        maxBacklog: 100,
        accountRoom: new Map([
          ['acme', 5],
          ['none', 0],
        ]),
      },
    );
    expect(total(placed, { jobId: 'a' }) + total(placed, { jobId: 'b' })).toBe(5);
    expect(total(placed, { jobId: 'c' })).toBe(11 + 200);
    expect(total(placed, { jobId: 'd' })).toBe(0);
  });

  test.each([
    ['labels', { labels: { zone: 'a' } }, { cpu: 4, labels: { zone: 'b' } }],
    ['a label that objects inherit', { labels: { toString: 'x' } }, { cpu: 4 }],
    ['gpu memory', { gpu: 1, gpu_memory_gb: 40 }, { cpu: 4, gpu: 1, gpu_memory_gb: 24 }],
    ['storage', { storage_gb: 1 }, { cpu: 4 }],
  ])('%s that the worker does not have keep a task off', (_, requirements, offers) => {
    expect(place([group('a', { requirements })], [worker('w', offers)], nobody, { maxBacklog: 100 })).toEqual([]);
  });

  test('gpu memory is a condition of each gpu, not used up', () => {
    const requirements = { gpu: 1, gpu_memory_gb: 24 };
    const placed = place(
      [group('a', { requirements })],
      [worker('w', { cpu: 4, gpu: 4, gpu_memory_gb: 24 })],
      nobody,
      noBacklog,
    );
    expect(total(placed)).toBe(4);
  });

  test('a million waiting tasks that ask for nothing do not all go to one worker', () => {
    const placed = place(
      [group('a', { requirements: {}, queued: 1_000_000 })],
      [worker('w', { cpu: 2 })],
      nobody,
      noBacklog,
    );
    expect(total(placed)).toBe(200);
  });
});

describe('choice of workers', () => {
  test('equally free workers get equal parts', () => {
    const placed = place(
      [group('a', { queued: 4 })],
      [worker('v', { cpu: 4 }), worker('w', { cpu: 4 })],
      nobody,
      noBacklog,
    );
    expect([total(placed, { workerId: 'v' }), total(placed, { workerId: 'w' })]).toEqual([2, 2]);
  });

  test('an idle worker comes before a busy one', () => {
    const busy = worker('busy', { cpu: 4 }, [{ requirements: { cpu: 1 }, count: 3 }]);
    expect(place([group('a', { queued: 1 })], [busy, worker('idle', { cpu: 4 })], nobody, noBacklog)).toEqual([
      { jobId: 'a', workerId: 'idle', count: 1 },
    ]);
  });

  test('tasks without a gpu stay off gpu workers while a plain one has room, and only so long', () => {
    const workers = [worker('gpu', { cpu: 8, gpu: 1 }), worker('plain', { cpu: 2 })];
    expect(place([group('a', { queued: 2 })], workers, nobody, noBacklog)).toEqual([
      { jobId: 'a', workerId: 'plain', count: 2 },
    ]);
    expect(total(place([group('a', { queued: 5 })], workers, nobody, noBacklog), { workerId: 'gpu' })).toBe(3);
  });

  test('a small gpu suffices for a small need', () => {
    const workers = [worker('large', { gpu: 1, gpu_memory_gb: 80 }), worker('small', { gpu: 1, gpu_memory_gb: 16 })];
    const requirements = { gpu: 1, gpu_memory_gb: 8 };
    expect(place([group('a', { requirements, queued: 1 })], workers, nobody, noBacklog)).toEqual([
      { jobId: 'a', workerId: 'small', count: 1 },
    ]);
  });
});

describe('order', () => {
  const two = [worker('w', { cpu: 2 })];
  test.each<[string, Group[], ReadonlyMap<string, number>]>([
    ['the older job', [group('b', { createdAt: 2 }), group('first', { createdAt: 1 })], nobody],
    ['the higher priority', [group('b', { createdAt: 1 }), group('first', { createdAt: 2, priority: 5 })], nobody],
    [
      'the account that uses less, even against priority',
      [group('b', { priority: 100 }), group('first', { accountId: 'small' })],
      new Map([['acme', 2]]),
    ],
  ])('%s goes first', (_, groups, usage) => {
    expect(place(groups, two, usage, noBacklog)).toEqual([{ jobId: 'first', workerId: 'w', count: 2 }]);
  });

  test('a job that fits nowhere holds up nobody', () => {
    const placed = place(
      [group('huge', { requirements: { cpu: 99 }, priority: 9 }), group('a')],
      two,
      nobody,
      noBacklog,
    );
    expect(placed).toEqual([{ jobId: 'a', workerId: 'w', count: 2 }]);
  });

  test('two accounts share, and the one that is behind catches up first', () => {
    const groups = [group('a', { queued: 1000 }), group('b', { accountId: 'late', queued: 1000, createdAt: 9 })];
    const placed = place(
      groups,
      [worker('w', { cpu: 10 }, [{ requirements: { cpu: 1 }, count: 4 }])],
      new Map([['acme', 4]]),
      noBacklog,
    );
    expect([total(placed, { jobId: 'a' }), total(placed, { jobId: 'b' })]).toEqual([1, 5]);
  });
});

test('the cost does not grow with waiting tasks: one job of a million and one of a thousand take equally many reads', () => {
  const readsFor = (queued: number) => {
    let reads = 0;
    const offers = new Proxy({ cpu: 16 }, { get: (target, key) => (reads++, Reflect.get(target, key)) });
    const workers = Array.from({ length: 10 }, (_, at) => worker(`w${at}`, offers));
    place([group('a', { queued, meanRuntimeMs: 5 })], workers, nobody, { maxBacklog: 20 });
    return reads;
  };
  expect(readsFor(1_000_000)).toBe(readsFor(1_000));
});
