import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canJobTransition, isTerminalJobStatus } from './job-states.js';
import { jobStatusOf, noTasks, type TaskCounts } from './job-status.js';
import { canTransition, isTerminalTaskState, taskStates, type TaskState } from './task-states.js';

const counts = (some: Partial<TaskCounts>): TaskCounts => ({ ...noTasks, ...some });

test.each<[string, Partial<TaskCounts>, number, boolean, string]>([
  ['nothing planned yet', {}, 0, false, 'queued'],
  ['nothing planned, cancelled', {}, 0, true, 'cancelled'],
  ['planned in part', { queued: 5 }, 10, false, 'queued'],
  ['all waiting', { queued: 3 }, 3, false, 'queued'],
  ['leased, not started', { queued: 2, leased: 1 }, 3, false, 'queued'],
  ['one runs', { queued: 2, running: 1 }, 3, false, 'running'],
  ['between attempts', { retrying: 1 }, 1, false, 'running'],
  ['some done', { queued: 2, completed: 1 }, 3, false, 'running'],
  ['all planned ones done, more to come', { completed: 5 }, 10, false, 'running'],
  ['all completed', { completed: 3 }, 3, false, 'completed'],
  ['some failed', { completed: 2, failed: 1 }, 3, false, 'partial'],
  ['none completed', { failed: 3 }, 3, false, 'failed'],
  ['being cancelled, one still runs', { cancelled: 2, running: 1 }, 3, true, 'running'],
  ['cancelled', { completed: 1, cancelled: 2 }, 3, true, 'cancelled'],
  ['cancelled too late', { completed: 3 }, 3, true, 'completed'],
  ['cancelled too late, one had failed', { completed: 2, failed: 1 }, 3, true, 'partial'],
  ['cancelled too late, all had failed', { failed: 3 }, 3, true, 'failed'],
  ['stopped early with something to show', { completed: 1, failed: 1, cancelled: 1 }, 3, false, 'partial'],
  ['stopped early, the failed ones not counted yet', { completed: 1, cancelled: 2 }, 3, false, 'partial'],
  ['stopped early with nothing', { failed: 1, cancelled: 2 }, 3, false, 'failed'],
  ['stopped before anything ended otherwise', { cancelled: 3 }, 3, false, 'failed'],
])('%s', (_, some, total, cancelRequested, expected) => {
  expect(jobStatusOf(counts(some), { total, cancelRequested })).toBe(expected);
});

const taskList = fc.array(fc.constantFrom(...taskStates), { minLength: 1, maxLength: 12 });
const count = (states: readonly TaskState[]) => {
  const sums = { ...noTasks };
  for (const state of states) sums[state]++;
  return sums;
};

describe('for any tasks', () => {
  test('the job is terminal exactly when every task is', () => {
    fc.assert(
      fc.property(taskList, fc.boolean(), (states, cancelRequested) => {
        const status = jobStatusOf(count(states), { total: states.length, cancelRequested });
        expect(isTerminalJobStatus(status)).toBe(states.every(isTerminalTaskState));
      }),
    );
  });

  test('every legal step of a task is a legal step of the job, or none', () => {
    fc.assert(
      fc.property(taskList, fc.constantFrom(...taskStates), fc.boolean(), (states, to, cancelRequested) => {
        fc.pre(canTransition(states[0]!, to));
        const totals = { total: states.length, cancelRequested };
        const before = jobStatusOf(count(states), totals);
        const after = jobStatusOf(count([to, ...states.slice(1)]), totals);
        expect(before === after || canJobTransition(before, after)).toBe(true);
      }),
    );
  });
});
