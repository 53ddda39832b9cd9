import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planSweep } from './plan-sweep.js';

const objective = { metric: 'loss', goal: 'minimize' };
const example = {
  parameters: {
    lr: [0.1, 0.01],
    depth: { min: 2, max: 10, step: 2 },
    reg: { min: 1e-5, max: 1, log: true, count: 5 },
  },
  samples: 50,
  seed: 7,
  objective,
};
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, { min: 0, max: 1 }]));

test.each<[string, unknown, number]>([
  ["the contract's example as a grid", { ...example, mode: 'grid' }, 50],
  ['the same without a mode', example, 50],
  ['at random', { ...example, mode: 'random', samples: 13 }, 13],
  ['by Sobol', { ...example, mode: 'sobol', samples: 17 }, 17],
  ['without an objective', { parameters: { a: [1] } }, 1],
  ['with nulls for what is not wanted', { parameters: { a: [1] }, mode: null, samples: null, objective: null }, 1],
  ['32 Sobol dimensions', { parameters: many(32), mode: 'sobol', samples: 4 }, 4],
  ['33 random ones', { parameters: many(33), mode: 'random', samples: 4 }, 4],
  ['a million points', { parameters: { a: { min: 1, max: 1000, step: 1 }, b: { min: 1, max: 2, count: 1000 } } }, 1e6],
])('%s', (_, sweep, task_total) => {
  expect(planSweep(sweep)).toMatchObject({ ok: true, task_total });
});

describe('faults', () => {
  const a = (domain: unknown, more = {}) => ({ parameters: { a: domain }, ...more });
  test.each<[string, unknown, string, string]>([
    ['no sweep', undefined, 'invalid_sweep', '/sweep'],
    ['a list', [], 'invalid_sweep', '/sweep'],
    ['a typo', { ...example, sample: 3 }, 'unknown_field', '/sweep/sample'],
    ['no parameters', { parameters: {} }, 'no_parameters', '/sweep/parameters'],
    ['a mode of its own', { ...example, mode: 'bayes' }, 'invalid_mode', '/sweep/mode'],
    ['no samples', { ...example, mode: 'random', samples: undefined }, 'invalid_samples', '/sweep/samples'],
    ['half a sample', { ...example, samples: 0.5 }, 'invalid_samples', '/sweep/samples'],
    ['a seed that is no number', { ...example, seed: 'x' }, 'invalid_seed', '/sweep/seed'],
    ['no goal', { ...example, objective: { metric: 'loss' } }, 'invalid_objective', '/sweep/objective/goal'],
    ['no metric', { ...example, objective: { goal: 'minimize' } }, 'invalid_objective', '/sweep/objective/metric'],
    ['a typo in it', { ...example, objective: { ...objective, x: 1 } }, 'unknown_field', '/sweep/objective/x'],
    ['no values', a([]), 'invalid_parameter', '/sweep/parameters/a'],
    ['a number', a(3), 'invalid_parameter', '/sweep/parameters/a'],
    ['no max', a({ min: 1, step: 1 }), 'invalid_parameter', '/sweep/parameters/a/max'],
    ['min above max', a({ min: 2, max: 1, step: 1 }), 'invalid_parameter', '/sweep/parameters/a/min'],
    ['no step forward', a({ min: 1, max: 2, step: 0 }), 'invalid_parameter', '/sweep/parameters/a/step'],
    ['half a count', a({ min: 1, max: 2, count: 1.5 }), 'invalid_parameter', '/sweep/parameters/a/count'],
    ['step and count', a({ min: 1, max: 2, step: 1, count: 2 }), 'invalid_parameter', '/sweep/parameters/a/count'],
    ['a logarithm of 0', a({ min: 0, max: 2, log: true, count: 2 }), 'invalid_parameter', '/sweep/parameters/a/min'],
    [
      'a logarithm by steps',
      a({ min: 1, max: 2, log: true, step: 1 }),
      'invalid_parameter',
      '/sweep/parameters/a/step',
    ],
    ['log that is no flag', a({ min: 1, max: 2, log: 1, count: 2 }), 'invalid_parameter', '/sweep/parameters/a/log'],
    ['a typo in a range', a({ min: 1, max: 2, stepp: 1 }), 'unknown_field', '/sweep/parameters/a/stepp'],
    ['too wide', a({ min: -1.7e308, max: 1.7e308, count: 2 }), 'invalid_parameter', '/sweep/parameters/a/max'],
    ['countless steps', a({ min: 0, max: 1e300, step: 1e-300 }), 'invalid_parameter', '/sweep/parameters/a/step'],
    ['a continuous grid', a({ min: 0, max: 1 }), 'grid_needs_levels', '/sweep/parameters/a'],
    ['a field of the platform', { parameters: { _sweep: [1] } }, 'reserved_field', '/sweep/parameters/_sweep'],
    ['a name to escape', { parameters: { 'a/b~': [] } }, 'invalid_parameter', '/sweep/parameters/a~1b~0'],
    [
      '33 Sobol dimensions',
      { parameters: many(33), mode: 'sobol', samples: 4 },
      'too_many_sobol_dimensions',
      '/sweep/parameters',
    ],
    ['a point too many', a({ min: 0, max: 1_000_000, step: 1 }), 'too_many_tasks', '/sweep'],
    [
      'a grid beyond counting',
      { parameters: Object.fromEntries(Object.keys(many(400)).map((n) => [n, [1, 2, 3, 4, 5, 6, 7, 8]])) },
      'too_many_tasks',
      '/sweep',
    ],
  ])('%s', (_, sweep, code, pointer) => {
    expect(planSweep(sweep)).toMatchObject({ ok: false, code, pointer, detail: expect.stringMatching(/\.$/) });
  });

  test('whatever JSON is sent gets an answer', () => {
    const domain = fc.oneof(fc.jsonValue(), fc.record({ min: fc.double(), max: fc.double(), step: fc.jsonValue() }));
    const sweep = fc.record({ parameters: fc.dictionary(fc.string(), domain), mode: fc.jsonValue() });
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), sweep), (sent) => typeof planSweep(sent).ok === 'boolean'));
  });
});
