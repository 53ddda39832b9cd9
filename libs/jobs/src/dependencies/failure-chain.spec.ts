import { describe, expect, test } from '@jest/globals';
import { encodeId, newUuid } from '@computalot/kernel';
import fc from 'fast-check';
import { describeChain, failureChains, type FailedDependency } from './failure-chain.js';

const ids = Array.from({ length: 400 }, () => newUuid());
const uuid = (n: number): string => ids[n] ?? '';
const job = (n: number): string => encodeId('job', uuid(n));

/** Job n depends on n - 1, down to job 0, which ended. */
function chainTo(last: number, ended: string): FailedDependency[] {
  return Array.from({ length: last }, (_, n) => ({
    job_id: uuid(n + 1),
    depends_on: uuid(n),
    ended: n === 0 ? ended : null,
    chain: null,
  }));
}

function messageOf(failures: readonly FailedDependency[], n: number): string {
  const chain = failureChains(failures).get(uuid(n));
  if (!chain) throw new Error('no chain');
  return describeChain(job(n), chain);
}

describe('the words of a chain', () => {
  test.each([
    ['failed', 'ended failed'],
    ['partial', 'ended partial'],
    ['cancelled', 'was cancelled'],
    ['deleted', 'was deleted'],
  ])('of one job that ended %s', (ended, said) => {
    expect(messageOf(chainTo(1, ended), 1)).toBe(`${job(1)} was not run: it depends on ${job(0)}, which ${said}.`);
  });

  test('of two jobs name the one between', () => {
    expect(messageOf(chainTo(2, 'failed'), 2)).toBe(
      `${job(2)} was not run: it depends on ${job(1)}, which failed because it depends on ${job(0)}, which ended failed.`,
    );
  });

  test('of five jobs name all, of more the first three, the last two and how many are between', () => {
    const five = messageOf(chainTo(5, 'failed'), 5);
    for (let n = 0; n <= 5; n++) expect(five).toContain(job(n));
    expect(five).not.toContain('more jobs');
    expect(messageOf(chainTo(300, 'cancelled'), 300)).toBe(
      `${job(300)} was not run: it depends on ${job(299)}, which failed because it depends on ${job(298)}, which failed because it depends` +
        ` on ${job(297)}, which failed because it depends, through 295 more jobs, on ${job(1)}, which failed because it depends on ${job(0)}, which was cancelled.`,
    );
  });
});

describe('the chains of many jobs', () => {
  test('go on where an earlier one ended, and leave out what hangs in the air', () => {
    const earlier = failureChains(chainTo(9, 'failed')).get(uuid(9)) ?? null;
    const later = [
      { job_id: uuid(11), depends_on: uuid(10), ended: null, chain: null },
      { job_id: uuid(10), depends_on: uuid(9), ended: 'failed', chain: earlier },
      { job_id: uuid(21), depends_on: uuid(20), ended: null, chain: null },
    ];
    const chains = failureChains(later);
    expect(chains.get(uuid(11))).toEqual({
      jobs: [job(10), job(9), job(8), job(1), job(0)],
      length: 11,
      ended: 'failed',
    });
    expect(chains.has(uuid(21))).toBe(false);
  });

  test('a chain of 20,000 jobs needs no stack', () => {
    const many = Array.from({ length: 20_001 }, () => newUuid());
    const failures = many.slice(1).map((job_id, n) => ({
      job_id,
      depends_on: many[n] ?? '',
      ended: n === 0 ? 'failed' : null,
      chain: null,
    }));
    expect(failureChains(failures.toReversed()).get(many.at(-1) ?? '')?.length).toBe(20_000);
  });

  test('any forest in any order: as long as the way to its root, which is last; the dependency is first; never more than five named', () => {
    const parents = fc.array(fc.nat(), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(parents, fc.infiniteStream(fc.nat()), (raw, order) => {
        // Node 0 has ended; node n + 1 depends on one before it.
        const parentOf = raw.map((n, at) => n % (at + 1));
        const depth = [0];
        parentOf.forEach((parent, at) => (depth[at + 1] = (depth[parent] ?? 0) + 1));
        const failures = parentOf.map((parent, at) => ({
          job_id: uuid(at + 1),
          depends_on: uuid(parent),
          ended: parent === 0 ? 'failed' : null,
          chain: null,
        }));
        const keys = new Map(failures.map((failure) => [failure, order.next().value as number]));
        const chains = failureChains(failures.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0)));
        parentOf.forEach((parent, at) => {
          const chain = chains.get(uuid(at + 1));
          expect(chain?.length).toBe(depth[at + 1]);
          expect(chain?.jobs[0]).toBe(job(parent));
          expect(chain?.jobs.at(-1)).toBe(job(0));
          expect(chain?.jobs).toHaveLength(Math.min(5, depth[at + 1] ?? 0));
        });
      }),
    );
  });
});
