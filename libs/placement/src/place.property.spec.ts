import { describe, expect, test } from '@jest/globals';
import { amountsLeft, capacityBeside, consumedResources } from '@computalot/jobs';
import fc from 'fast-check';
import { place } from './place.js';
import { group, noBacklog, nobody, total, worker } from './samples.fixture.js';
import type { Assignment, Group, WorkerView } from './types.js';

const amount = fc.integer({ min: 0, max: 40 }).map((tenths) => tenths / 10);
const labelsFrom = (...choices: Record<string, string>[]) => fc.constantFrom(...choices);
const requirementsArbitrary = fc.record(
  {
    cpu: amount,
    memory_gb: amount,
    gpu: fc.integer({ min: 0, max: 2 }),
    gpu_memory_gb: fc.constantFrom(0, 8, 16),
    labels: labelsFrom({}, { zone: 'a' }),
  },
  { requiredKeys: [] },
);
const offersArbitrary = fc.record(
  {
    cpu: fc.integer({ min: 0, max: 16 }),
    memory_gb: fc.integer({ min: 0, max: 32 }),
    gpu: fc.integer({ min: 0, max: 4 }),
    gpu_memory_gb: fc.constantFrom(8, 16),
    labels: labelsFrom({}, { zone: 'a' }, { zone: 'b' }),
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
