import { describe, expect, test } from '@jest/globals';
import { planJob, type SubmittedJob } from './plan-job.js';
import { taskCommand } from './task-command.js';
import { taskPayload } from './task-payload.js';

const objective = { metric: 'loss', goal: 'minimize' } as const;
const sweep = { parameters: { lr: [0.1, 0.01], depth: { min: 1, max: 3, step: 1 } }, objective };
const benchmark = {
  strategies: [{ name: 'a' }, { name: 'b', payload: { greedy: true }, runner_command: ['./b'] }],
  cases: [{ size: 1 }, { size: 2 }],
  repeats: 3,
  objective,
};
const fan_out = { chunks: 4, range_field: 'n', total: 10 };

describe('accepted', () => {
  test.each<[string, SubmittedJob, object]>([
    ['no type', {}, { task_total: 1, aggregates: false, reduces: false }],
    ['null counts as absent', { type: null, sweep: null }, { task_total: 1 }],
    [
      'sweep',
      { type: 'sweep', sweep },
      { task_total: 6, item_total: 6, shape: null, aggregates: true, reduces: false },
    ],
    ['benchmark', { type: 'benchmark', benchmark }, { task_total: 12, aggregates: true, reduces: false }],
    [
      'builtin reduce',
      { type: 'map_reduce', fan_out, reduce: { builtin: 'sum', field: 'n' } },
      { task_total: 4, aggregates: true, reduces: false },
    ],
    [
      'reduce by a runner, batched',
      { type: 'map_reduce', fan_out, batch_size: 2, reduce: { runner_command: ['./r'], fan_in: 2 } },
      { task_total: 2, item_total: 4, shape: 'chunks', aggregates: false, reduces: true, reduce_total: 1 },
    ],
  ])('%s', (_name, submission, expected) => {
    expect(planJob(submission)).toMatchObject({ ok: true, ...expected });
  });
});

describe('refused, with a pointer', () => {
  test.each<[SubmittedJob, string, string]>([
    [{ sweep }, 'field_of_other_type', '/sweep'],
    [{ type: 'sweep', sweep, reduce: { builtin: 'sum' } }, 'field_of_other_type', '/reduce'],
    [{ type: 'benchmark', benchmark, min_success: 0.5 }, 'field_of_other_type', '/min_success'],
    [{ type: 'sweep', sweep, fan_out }, 'fan_out_with_type', '/fan_out'],
    [{ type: 'benchmark', benchmark, batch_size: 2 }, 'fan_out_with_type', '/batch_size'],
    [{ type: 'sweep' }, 'invalid_sweep', '/sweep'],
    [{ type: 'benchmark' }, 'invalid_benchmark', '/benchmark'],
    [{ type: 'map_reduce', reduce: { builtin: 'sum' } }, 'map_without_fan_out', '/fan_out'],
    [{ type: 'map_reduce', fan_out }, 'invalid_reduce', '/reduce'],
    [
      { type: 'map_reduce', fan_out: { by: 'x' }, reduce: { builtin: 'sum' } },
      'fan_out_by_not_an_array',
      '/fan_out/by',
    ],
  ])('%j', (submission, code, pointer) => {
    expect(planJob(submission)).toMatchObject({ ok: false, code, pointer });
  });
});

describe('tasks of a planned job', () => {
  const specOf = (submission: SubmittedJob) => {
    const planned = planJob(submission);
    if (!planned.ok) throw new Error(planned.detail);
    return planned.spec;
  };

  test('a sweep merges its point into the payload', () => {
    expect(taskPayload(specOf({ type: 'sweep', sweep, payload: { epochs: 3 } }), 4)).toEqual({
      epochs: 3,
      lr: 0.01,
      depth: 2,
      _sweep: { index: 4, total: 6, parameters: { lr: 0.01, depth: 2 } },
    });
  });

  test('strategies of a benchmark get the same seed in a case and repeat, and their own command', () => {
    const spec = specOf({ type: 'benchmark', benchmark });
    const [first, second] = [taskPayload(spec, 0), taskPayload(spec, 1)] as { _benchmark: { seed: number } }[];
    expect(first?._benchmark.seed).toBe(second?._benchmark.seed);
    expect(second).toMatchObject({ greedy: true, size: 1, _benchmark: { strategy: 'b' } });
    expect([taskCommand(spec, 0), taskCommand(spec, 1)]).toEqual([null, ['./b']]);
  });

  test('the map of a map_reduce is a fan-out', () => {
    const spec = specOf({ type: 'map_reduce', fan_out, reduce: { builtin: 'sum' } });
    expect(taskPayload(spec, 3)).toMatchObject({ n: 2, _fan_out: { shape: 'chunks', index: 3, total: 4 } });
  });
});
