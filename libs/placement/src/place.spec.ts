import { describe, expect, test } from '@jest/globals';
import { amountsLeft, capacityBeside, consumedResources } from '@computalot/jobs';
import fc from 'fast-check';
import { place } from './place.js';
import type { Assignment, Group, WorkerView } from './types.js';

const group = (jobId: string, more: Partial<Group> = {}): Group => ({
  jobId,
  accountId: 'acme',
  priority: 0,
  createdAt: 0,
  requirements: { cpu: 1 },
  queued: 10,
  parallelLeft: null,
  meanRuntimeMs: null,
  ...more,
});
const worker = (workerId: string, offers: WorkerView['offers'], held: WorkerView['held'] = []): WorkerView => ({
  workerId,
  offers,
  held,
});
const nobody = new Map<string, number>();
const noBacklog = { maxBacklog: 0 };

const total = (assignments: readonly Assignment[], only: Partial<Assignment> = {}) =>
  assignments
    .filter(({ jobId, workerId }) => jobId === (only.jobId ?? jobId) && workerId === (only.workerId ?? workerId))
    .reduce((sum, { count }) => sum + count, 0);

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

// ---- properties

const amount = fc.integer({ min: 0, max: 40 }).map((tenths) => tenths / 10);
const requirementsArbitrary = fc.record(
  {
    cpu: amount,
    memory_gb: amount,
    gpu: fc.integer({ min: 0, max: 2 }),
    gpu_memory_gb: fc.constantFrom(0, 8, 16),
    labels: fc.constantFrom({}, { zone: 'a' }),
  },
  { requiredKeys: [] },
);
const offersArbitrary = fc.record(
  {
    cpu: fc.integer({ min: 0, max: 16 }),
    memory_gb: fc.integer({ min: 0, max: 32 }),
    gpu: fc.integer({ min: 0, max: 4 }),
    gpu_memory_gb: fc.constantFrom(8, 16),
    labels: fc.constantFrom({}, { zone: 'a' }, { zone: 'b' }),
  },
  { requiredKeys: ['cpu'] },
);
const groupsArbitrary = fc
  .array(
    fc.record({
      accountId: fc.constantFrom('a', 'b', 'c'),
      priority: fc.integer({ min: -2, max: 2 }),
      createdAt: fc.nat(5),
      requirements: requirementsArbitrary,
      queued: fc.nat(300),
      parallelLeft: fc.option(fc.nat(20)),
      meanRuntimeMs: fc.option(fc.constantFrom(0, 1, 40, 900, 1000, 60_000)),
    }),
    { maxLength: 8 },
  )
  .map((list) => list.map((each, at) => ({ ...each, jobId: `job${at}` })));
const heldArbitrary = fc.array(fc.record({ requirements: requirementsArbitrary, count: fc.nat(6) }), { maxLength: 3 });
const workersArbitrary = fc
  .array(fc.record({ offers: offersArbitrary, held: heldArbitrary }), { maxLength: 6 })
  .map((list) => list.map((each, at) => ({ ...each, workerId: `w${at}` })));
const usageArbitrary = fc
  .dictionary(fc.constantFrom('a', 'b', 'c'), amount)
  .map((usage) => new Map(Object.entries(usage)));

/** The workers as they are once the assignments are leased. */
function after(workers: readonly WorkerView[], groups: readonly Group[], placed: readonly Assignment[]): WorkerView[] {
  const requirementsOf = new Map(groups.map(({ jobId, requirements }) => [jobId, requirements]));
  return workers.map((each) => ({
    ...each,
    held: [
      ...each.held,
      ...placed
        .filter(({ workerId }) => workerId === each.workerId)
        .map(({ jobId, count }) => ({ requirements: requirementsOf.get(jobId)!, count })),
    ],
  }));
}
const demandOf = ({ queued, parallelLeft }: Group) => Math.min(queued, parallelLeft ?? Infinity);

describe('for any groups and workers', () => {
  test('capacity is never exceeded: an offer is overdrawn only where it already was', () => {
    fc.assert(
      fc.property(groupsArbitrary, workersArbitrary, usageArbitrary, (groups, workers, usage) => {
        const placed = place(groups, workers, usage, noBacklog);
        for (const [at, { offers, held, workerId }] of after(workers, groups, placed).entries()) {
          if (total(placed, { workerId }) === 0) continue;
          const before = amountsLeft(offers, workers[at]!.held);
          const left = amountsLeft(offers, held);
          for (const name of consumedResources) expect(left[name]).toBeGreaterThanOrEqual(Math.min(0, before[name]));
        }
      }),
    );
  });

  test('nothing is given twice or beyond what waits, and every assignment is of someone to someone', () => {
    fc.assert(
      fc.property(
        groupsArbitrary,
        workersArbitrary,
        usageArbitrary,
        fc.nat(64),
        (groups, workers, usage, maxBacklog) => {
          const placed = place(groups, workers, usage, { maxBacklog });
          expect(new Set(placed.map(({ jobId, workerId }) => `${jobId} ${workerId}`)).size).toBe(placed.length);
          for (const { count } of placed) expect(Number.isInteger(count) && count > 0).toBe(true);
          for (const each of groups) expect(total(placed, each)).toBeLessThanOrEqual(demandOf(each));
          for (const { jobId, workerId } of placed) {
            const { requirements } = groups.find((each) => each.jobId === jobId)!;
            const { offers } = workers.find((each) => each.workerId === workerId)!;
            expect(capacityBeside(offers, [], requirements)).toBeGreaterThan(0);
          }
        },
      ),
    );
  });

  test('work conserving: afterwards no waiting task fits anywhere', () => {
    fc.assert(
      fc.property(groupsArbitrary, workersArbitrary, usageArbitrary, (groups, workers, usage) => {
        const placed = place(groups, workers, usage, noBacklog);
        const full = after(workers, groups, placed);
        for (const each of groups.filter(
          (candidate) => total(placed, { jobId: candidate.jobId }) < demandOf(candidate),
        )) {
          for (const { offers, held } of full) expect(capacityBeside(offers, held, each.requirements)).toBe(0);
        }
      }),
    );
  });

  test('the same input gives the same answer, and the input is not changed', () => {
    fc.assert(
      fc.property(groupsArbitrary, workersArbitrary, usageArbitrary, (groups, workers, usage) => {
        const input = structuredClone({ groups, workers, usage });
        const once = place(groups, workers, usage, { maxBacklog: 16 });
        expect(place(groups, workers, usage, { maxBacklog: 16 })).toEqual(once);
        expect({ groups, workers, usage }).toEqual(input);
      }),
    );
  });

  test('accounts that could all use more end level within one task', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 64 }), { minLength: 1, maxLength: 6 }),
        (accounts, cores) => {
          const groups = Array.from({ length: accounts }, (_, at) =>
            group(`j${at}`, { accountId: `${at}`, queued: 10_000 }),
          );
          const workers = cores.map((cpu, at) => worker(`w${at}`, { cpu }));
          const placed = place(groups, workers, nobody, noBacklog);
          const shares = groups.map(({ jobId }) => total(placed, { jobId }));
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
          expect(total(placed)).toBe(cores.reduce((sum, each) => sum + each, 0));
        },
      ),
    );
  });

  test('workers of equal size end level within one task', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(90), (count, cpu, queued) => {
        const workers = Array.from({ length: count }, (_, at) => worker(`w${at}`, { cpu }));
        const placed = place([group('a', { queued })], workers, nobody, noBacklog);
        const shares = workers.map(({ workerId }) => total(placed, { workerId }));
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
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
