import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideNextStage, inputTasksOf, laterReduceTasks, type NextStage, type ReduceState } from './next-stage.js';
import { planReduceTree, reduceTaskTotal } from './reduce-tree.js';

const map = (over: Partial<ReduceState> = {}): ReduceState => ({
  map_total: 10,
  task_total: 10,
  completed: 10,
  failed: 0,
  min_success: 1,
  fan_in: 4,
  ...over,
});

test.each<[string, ReduceState, object]>([
  ['map tasks are still to end', map({ completed: 8, failed: 1 }), { next: 'wait' }],
  ['the map is complete', map(), { next: 'stage', stage: { stage: 1, inputs: 10, tasks: 3, before: 0 }, failed: 0 }],
  [
    'failures are tolerated: the tree is planned for what there is',
    map({ completed: 8, failed: 2, min_success: 0.8 }),
    { next: 'stage', stage: { stage: 1, inputs: 8, tasks: 2, before: 0 }, failed: 2 },
  ],
  [
    'too many failed',
    map({ completed: 7, failed: 3, min_success: 0.8 }),
    { next: 'fail', error: { code: 'min_success_not_met', message: expect.stringContaining('7 of 10') } },
  ],
  [
    'nothing completed',
    map({ completed: 0, failed: 10, min_success: 0 }),
    { next: 'fail', error: { code: 'min_success_not_met' } },
  ],
])('%s', (_name, state, expected) => {
  expect(decideNextStage(state)).toMatchObject(expected);
});

test.each<[string, Partial<ReduceState>, object]>([
  ['reduce tasks are still to end', { task_total: 13, completed: 12 }, { next: 'wait' }],
  ['the first stage is done', { task_total: 13, completed: 13 }, { next: 'stage', stage: { stage: 2, before: 3 } }],
  [
    'a reduce task failed',
    { task_total: 13, completed: 11, failed: 2 },
    { next: 'fail', error: { code: 'reduce_failed', message: expect.stringContaining('2 of 3') } },
  ],
  ['the last stage is done', { task_total: 14, completed: 14 }, { next: 'result', index: 13 }],
])('in the reduce: %s', (_name, over, expected) => {
  const reduce = { failed: 0, stages: planReduceTree(10, 4) };
  expect(decideNextStage(map({ reduce, ...over }))).toMatchObject(expected);
});

/** Plays a job whose reduce tasks all complete; returns every decision. */
function play(map_total: number, failed: number, fan_in: number): NextStage[] {
  const decisions: NextStage[] = [];
  let state = map({ map_total, task_total: map_total, completed: map_total - failed, failed, min_success: 0, fan_in });
  for (;;) {
    const decided = decideNextStage(state);
    decisions.push(decided);
    if (decided.next !== 'stage') return decisions;
    const { stage, stages } = decided;
    const { task_total, completed } = state;
    state = {
      ...state,
      task_total: task_total + stage.tasks,
      completed: completed + stage.tasks,
      reduce: { failed, stages },
    };
  }
}

test('stage follows stage until one result is left; each reads exactly what the one before it made', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.nat(499),
      fc.integer({ min: 2, max: 9 }),
      (total, fewer, fanIn) => {
        const failed = Math.min(fewer, total - 1);
        const decisions = play(total, failed, fanIn);
        const stages = decisions.flatMap((each) => (each.next === 'stage' ? [each] : []));
        const tree = planReduceTree(total - failed, fanIn);
        expect(stages.map(({ stage }) => stage)).toEqual(tree);
        expect(decisions.at(-1)).toEqual({ next: 'result', index: total + reduceTaskTotal(tree) - 1 });
        let made = { from: 0, until: total };
        for (const stage of tree) {
          expect(inputTasksOf({ map_total: total, stages: tree }, stage)).toEqual(made);
          made = { from: total + stage.before, until: total + stage.before + stage.tasks };
          expect(laterReduceTasks(tree, stage)).toBe(total + reduceTaskTotal(tree) - made.until);
        }
      },
    ),
    { numRuns: 100 },
  );
});
