import { describe, expect, test } from '@jest/globals';
import {
  canJobTransition,
  isTerminalJobStatus,
  jobReopenings,
  jobStatuses,
  openJobStatuses,
  terminalJobStatuses,
} from './job-states.js';
import {
  activeTaskStates,
  canTransition,
  isTerminalTaskState,
  statesBefore,
  taskReopenings,
  taskStates,
  terminalTaskStates,
} from './task-states.js';

/** States that can be reached from `start`, itself included. */
function reachable<S extends string>(start: S, states: readonly S[], can: (from: S, to: S) => boolean): Set<S> {
  const found = new Set([start]);
  for (const from of found) for (const to of states) if (can(from, to)) found.add(to);
  return found;
}

describe('tasks', () => {
  test('terminal states come out of the table', () => {
    expect(terminalTaskStates).toEqual(['completed', 'failed', 'cancelled']);
    expect(activeTaskStates).toEqual(['queued', 'leased', 'running', 'retrying']);
    expect(taskStates.filter(isTerminalTaskState)).toEqual(terminalTaskStates);
  });

  test('every state can be reached, and from each active one an end', () => {
    expect(reachable('queued', taskStates, canTransition)).toEqual(new Set(taskStates));
    for (const state of activeTaskStates) {
      for (const end of terminalTaskStates) expect(reachable(state, taskStates, canTransition)).toContain(end);
    }
  });

  test.each([
    ['queued', 'running'],
    ['queued', 'completed'],
    ['queued', 'retrying'],
    ['retrying', 'running'],
    ['retrying', 'completed'],
    ['running', 'leased'],
    ['completed', 'queued'],
    ['cancelled', 'running'],
    ['running', 'running'],
  ] as const)('%s never becomes %s', (from, to) => {
    expect(canTransition(from, to)).toBe(false);
  });

  test('guards list where a state may come from', () => {
    expect(statesBefore('completed')).toEqual(['leased', 'running']);
    expect(statesBefore('leased')).toEqual(['queued', 'retrying']);
    expect(statesBefore('cancelled')).toEqual(['queued', 'leased', 'running', 'retrying']);
  });
});

describe('jobs', () => {
  test('terminal states come out of the table', () => {
    expect(terminalJobStatuses).toEqual(['completed', 'partial', 'failed', 'cancelled']);
    expect(openJobStatuses).toEqual(['planning', 'queued', 'running']);
    expect(jobStatuses.filter(isTerminalJobStatus)).toEqual(terminalJobStatuses);
  });

  test('every state can be reached; planning never comes back and completes nothing by itself', () => {
    expect(reachable('planning', jobStatuses, canJobTransition)).toEqual(new Set(jobStatuses));
    expect(jobStatuses.filter((from) => canJobTransition(from, 'planning'))).toEqual([]);
    expect(canJobTransition('planning', 'completed')).toBe(false);
  });
});

test('a retry leads out of ended states only, and never out of what is done', () => {
  for (const from of Object.keys(jobReopenings)) expect(terminalJobStatuses).toContain(from);
  expect(jobReopenings).not.toHaveProperty('completed');
  expect(taskReopenings).toEqual({ failed: ['queued', 'cancelled'] });
});
