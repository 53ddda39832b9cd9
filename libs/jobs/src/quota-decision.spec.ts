import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { admitJobs, type AccountUsage, type Quotas } from './quota-decision.js';

const unbounded: Quotas = { open_jobs: null, queued_tasks: null, running_tasks: null, storage_bytes: null };
const nothing: AccountUsage = { open_jobs: 0, queued_tasks: 0, running_tasks: 0, storage_bytes: 0 };

test.each<[string, Partial<Quotas>, Partial<AccountUsage>, number[], (string | null)[]]>([
  [
    'no quota admits everything',
    {},
    { open_jobs: 1e6, queued_tasks: 1e9, storage_bytes: 1e15 },
    [1, 1e6],
    [null, null],
  ],
  ['jobs up to the bound', { open_jobs: 3 }, { open_jobs: 1 }, [1, 1, 1], [null, null, 'open_jobs']],
  ['tasks up to the bound', { queued_tasks: 10 }, { queued_tasks: 4 }, [6], [null]],
  ['tasks beyond the bound', { queued_tasks: 10 }, { queued_tasks: 4 }, [7], ['queued_tasks']],
  [
    'a smaller job after one that is too large',
    { queued_tasks: 10 },
    {},
    [11, 10, 1],
    ['queued_tasks', null, 'queued_tasks'],
  ],
  ['a job that is refused takes no place', { open_jobs: 1, queued_tasks: 5 }, {}, [6, 5], ['queued_tasks', null]],
  ['storage that is full', { storage_bytes: 100 }, { storage_bytes: 100 }, [1], ['storage_bytes']],
  ['storage with a byte left', { storage_bytes: 100 }, { storage_bytes: 99 }, [1], [null]],
  ['a quota of nothing', { open_jobs: 0 }, {}, [1], ['open_jobs']],
  ['a bound below what is there already', { open_jobs: 1 }, { open_jobs: 5 }, [1], ['open_jobs']],
  ['running tasks bound no submission', { running_tasks: 0 }, { running_tasks: 9 }, [1], [null]],
])('%s', (_name, quotas, usage, tasks, expected) => {
  const overruns = admitJobs({ ...unbounded, ...quotas }, { ...nothing, ...usage }, tasks);
  expect(overruns.map((overrun) => overrun?.quota ?? null)).toEqual(expected);
});

test('an overrun says how much there is, may be, and would be added', () => {
  const [overrun] = admitJobs({ ...unbounded, queued_tasks: 10 }, { ...nothing, queued_tasks: 4 }, [7]);
  expect(overrun).toEqual({ quota: 'queued_tasks', limit: 10, used: 4, wanted: 7 });
});

test('what is admitted never exceeds a bound that was kept before, and nothing that fits is refused', () => {
  const amount = fc.integer({ min: 0, max: 50 });
  fc.assert(
    fc.property(amount, amount, fc.array(fc.integer({ min: 1, max: 20 })), (jobs, tasks, counts) => {
      const overruns = admitJobs({ ...unbounded, open_jobs: jobs, queued_tasks: tasks }, nothing, counts);
      let [open, queued] = [0, 0];
      for (const [at, count] of counts.entries()) {
        const fits = open + 1 <= jobs && queued + count <= tasks;
        expect(overruns[at] === null).toBe(fits);
        if (fits) [open, queued] = [open + 1, queued + count];
      }
    }),
  );
});
