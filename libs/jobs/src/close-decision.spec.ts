import { expect, test } from '@jest/globals';
import { decideClose, type EndedJob } from './close-decision.js';
import { noTasks, type TaskCounts } from './job-status.js';

const builtin = { builtin: 'sum' } as const;
const runner = { runner_command: ['r'] };
const job = (counts: Partial<TaskCounts>, rest: Partial<EndedJob> = {}): EndedJob => ({
  counts: { ...noTasks, ...counts },
  cancelRequested: false,
  reduce: builtin,
  minSuccess: 1,
  ...rest,
});

test.each<[string, EndedJob, string]>([
  ['without a reduce', job({ completed: 1, failed: 9 }, { reduce: null }), 'end'],
  ['a builtin, all completed', job({ completed: 10 }), 'end'],
  ['a builtin, one failed', job({ completed: 9, failed: 1 }), 'fail'],
  ['a builtin, enough', job({ completed: 9, failed: 1 }, { minSuccess: 0.9 }), 'end'],
  ['what was stopped counts as lost', job({ completed: 5, failed: 1, cancelled: 4 }, { minSuccess: 0.9 }), 'fail'],
  ['nothing to reduce', job({ failed: 3 }, { minSuccess: 0 }), 'fail'],
  ['a runner, all completed', job({ completed: 10 }, { reduce: runner }), 'reduce'],
  ['a runner, too few', job({ completed: 1, failed: 9 }, { reduce: runner, minSuccess: 0.5 }), 'fail'],
  ['a runner, cancelled', job({ completed: 9, cancelled: 1 }, { reduce: runner, cancelRequested: true }), 'end'],
  ['a runner, cancelled too late', job({ completed: 9 }, { reduce: runner, cancelRequested: true }), 'reduce'],
])('%s', (_, ended, next) => {
  expect(decideClose(ended).next).toBe(next);
});
