import { expect, test } from '@jest/globals';
import type { RunContext } from '@computalot/contracts';
import { mapContextOf, reduceContextOf, reduceTaskPayload } from './reduce-context.js';
import { planReduceTree } from './reduce-tree.js';

const context: RunContext = {
  job_id: 'job_1',
  revision: null,
  command: ['map'],
  env: { A: 'b' },
  timeout_s: 60,
  requirements: { cpu: 4, gpu: 1 },
  spec: { payload: { a: 1 } },
};
const stages = { run: 1, map_total: 10, failed: 2, stages: planReduceTree(8, 4) };

test('what the reduce does not say is as for the map', () => {
  expect(reduceContextOf(context, { runner_command: ['reduce'] }, stages)).toEqual({
    ...context,
    command: ['reduce'],
    reduce: { ...stages, map: { command: ['map'], timeout_s: 60, requirements: { cpu: 4, gpu: 1 } } },
  });
});

test('requirements of its own stand alone: nobody pays for the GPU of the map', () => {
  const reduce = { runner_command: ['reduce'], timeout_s: 5, requirements: { memory_gb: 8 } };
  expect(reduceContextOf(context, reduce, stages)).toMatchObject({
    timeout_s: 5,
    requirements: { cpu: 1, memory_gb: 8 },
  });
  expect(reduceContextOf(context, reduce, stages).requirements).not.toHaveProperty('gpu');
});

test('the way back leads to the context of the map, however often it was taken', () => {
  const once = reduceContextOf(context, { runner_command: ['reduce'], timeout_s: 5 }, stages);
  const twice = reduceContextOf(once, { runner_command: ['other'] }, { ...stages, run: 2 });
  expect([mapContextOf(context), mapContextOf(once), mapContextOf(twice)]).toEqual([context, context, context]);
});

test.each([
  [10, { stage: 1, inputs: 4, failed: 2 }],
  [11, { stage: 1, inputs: 4, failed: 2 }],
  [12, { stage: 2, inputs: 2, failed: 2 }],
])('the payload of task %i', (index, _reduce) => {
  expect(reduceTaskPayload({ a: 1 }, stages, index)).toEqual({ a: 1, _reduce });
});

test('a map task has no such payload', () => {
  expect(() => reduceTaskPayload({}, stages, 9)).toThrow(RangeError);
  expect(() => reduceTaskPayload({}, stages, 13)).toThrow(RangeError);
});
