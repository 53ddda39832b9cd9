import { expect, test } from '@jest/globals';
import { decideClose, type EndedJob } from './close-decision.js';
import { noTasks, type TaskCounts } from './job-status.js';
import { planReduceTree } from './map-reduce/index.js';

const builtin = { builtin: 'sum' } as const;
const runner = { runner_command: ['r'], fan_in: 4 };
const job = (counts: Partial<TaskCounts>, rest: Partial<EndedJob> = {}): EndedJob => ({
  counts: { ...noTasks, ...counts },
  cancelRequested: false,
  maxFailures: null,
  reduce: builtin,
  minSuccess: 1,
  stages: null,
  ...rest,
});
/** Of 12 map tasks 2 failed; its reduce has stages of 3 tasks and of one. */
const reducing = (counts: Partial<TaskCounts>, rest: Partial<EndedJob> = {}): EndedJob =>
  job(counts, {
    reduce: runner,
    minSuccess: 0.5,
    stages: { map_total: 12, failed: 2, stages: planReduceTree(10, 4) },
    ...rest,
  });
const failure = (code: string) => ({ next: 'fail', error: { code } });
const end = { next: 'end' };

test.each<[string, EndedJob, object]>([
  ['without a reduce', job({ completed: 1, failed: 9 }, { reduce: null }), end],
  ['a builtin, all completed', job({ completed: 10 }), end],
  ['a builtin, one failed', job({ completed: 9, failed: 1 }), failure('min_success_not_met')],
  ['a builtin, enough', job({ completed: 9, failed: 1 }, { minSuccess: 0.9 }), end],
  [
    'what was stopped counts as lost',
    job({ completed: 5, failed: 1, cancelled: 4 }, { minSuccess: 0.9 }),
    failure('min_success_not_met'),
  ],
  ['nothing to reduce', job({ failed: 3 }, { minSuccess: 0 }), failure('min_success_not_met')],
  [
    'a runner, all completed',
    job({ completed: 10 }, { reduce: runner }),
    { next: 'stage', stage: { stage: 1, inputs: 10, tasks: 3, before: 0 }, failed: 0 },
  ],
  [
    'a runner, enough',
    job({ completed: 5, failed: 1, cancelled: 4 }, { reduce: runner, minSuccess: 0.5 }),
    { next: 'stage', stage: { stage: 1, inputs: 5, tasks: 2 }, failed: 5 },
  ],
  [
    'a runner, too few',
    job({ completed: 1, failed: 9 }, { reduce: runner, minSuccess: 0.5 }),
    failure('min_success_not_met'),
  ],
  [
    'a runner, more failures than allowed',
    job({ completed: 8, failed: 2 }, { reduce: runner, minSuccess: 0.5, maxFailures: 1 }),
    failure('max_failures_exceeded'),
  ],
  [
    'a runner, as many failures as allowed',
    job({ completed: 8, failed: 2 }, { reduce: runner, minSuccess: 0.5, maxFailures: 2 }),
    { next: 'stage' },
  ],
  ['a runner, cancelled', job({ completed: 9, cancelled: 1 }, { reduce: runner, cancelRequested: true }), end],
  [
    'a runner, cancelled too late for the map',
    job({ completed: 9 }, { reduce: runner, cancelRequested: true }),
    { next: 'stage' },
  ],
  ['the first stage is done', reducing({ completed: 13, failed: 2 }), { next: 'stage', stage: { stage: 2, tasks: 1 } }],
  ['a reduce task failed', reducing({ completed: 12, failed: 3 }), failure('reduce_failed')],
  ['a reduce task was stopped', reducing({ completed: 12, failed: 2, cancelled: 1 }), failure('reduce_failed')],
  ['cancelled in the reduce', reducing({ completed: 12, failed: 2, cancelled: 1 }, { cancelRequested: true }), end],
  ['the last stage is done', reducing({ completed: 14, failed: 2 }), { next: 'result', index: 15 }],
])('%s', (_, ended, expected) => {
  expect(decideClose(ended)).toMatchObject(expected);
});
