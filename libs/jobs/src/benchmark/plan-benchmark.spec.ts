import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_STRATEGIES, planBenchmark } from './plan-benchmark.js';

const valid = {
  strategies: [{ name: 'greedy', payload: { depth: 1 }, runner_command: ['python3', 'run.py'] }, { name: 'random' }],
  cases: [{ n: 1 }, { n: 2 }, { n: 3 }],
  repeats: 5,
  seed: 1,
  objective: { metric: 'score', goal: 'maximize' },
};
const strategies = (...some: unknown[]) => ({ ...valid, strategies: some });

test('strategies × cases × repeats', () => {
  expect(planBenchmark(valid)).toMatchObject({ ok: true, task_total: 30 });
  expect(planBenchmark({ ...valid, repeats: null, seed: undefined })).toMatchObject({ ok: true, task_total: 6 });
});

describe('faults', () => {
  test.each<[string, unknown, string, string]>([
    ['nothing', null, 'invalid_benchmark', '/benchmark'],
    ['a typo', { ...valid, repeat: 3 }, 'unknown_field', '/benchmark/repeat'],
    ['no strategies', strategies(), 'invalid_benchmark', '/benchmark/strategies'],
    [
      'too many strategies',
      strategies(...Array.from({ length: MAX_STRATEGIES + 1 }, (_, n) => ({ name: `s${n}` }))),
      'too_many_strategies',
      '/benchmark/strategies',
    ],
    ['a strategy that is a name', strategies('greedy'), 'invalid_strategy', '/benchmark/strategies/0'],
    ['no name', strategies({ payload: {} }), 'invalid_strategy', '/benchmark/strategies/0/name'],
    ['a name twice', strategies({ name: 'a' }, { name: 'a' }), 'duplicate_strategy', '/benchmark/strategies/1/name'],
    ['a payload list', strategies({ name: 'a', payload: [] }), 'invalid_strategy', '/benchmark/strategies/0/payload'],
    [
      'a shell line',
      strategies({ name: 'a', runner_command: 'python3 run.py' }),
      'invalid_strategy',
      '/benchmark/strategies/0/runner_command',
    ],
    ['a typo in a strategy', strategies({ name: 'a', cmd: [] }), 'unknown_field', '/benchmark/strategies/0/cmd'],
    [
      'a field of the platform',
      strategies({ name: 'a', payload: { _benchmark: 1 } }),
      'reserved_field',
      '/benchmark/strategies/0/payload/_benchmark',
    ],
    ['no cases', { ...valid, cases: [] }, 'invalid_case', '/benchmark/cases'],
    ['a case that is a number', { ...valid, cases: [{}, 3] }, 'invalid_case', '/benchmark/cases/1'],
    ['a case of the platform', { ...valid, cases: [{ _sweep: 3 }] }, 'reserved_field', '/benchmark/cases/0/_sweep'],
    ['no repeats', { ...valid, repeats: 0 }, 'invalid_repeats', '/benchmark/repeats'],
    ['a seed out of count', { ...valid, seed: 2 ** 60 }, 'invalid_seed', '/benchmark/seed'],
    ['no objective', { ...valid, objective: undefined }, 'invalid_objective', '/benchmark/objective'],
    ['too many tasks', { ...valid, repeats: 200_000 }, 'too_many_tasks', '/benchmark'],
  ])('%s', (_, benchmark, code, pointer) => {
    expect(planBenchmark(benchmark)).toMatchObject({ ok: false, code, pointer, detail: expect.stringMatching(/\.$/) });
  });

  test('whatever JSON is sent gets an answer', () => {
    const some = fc.oneof(
      fc.jsonValue(),
      fc.record({ strategies: fc.array(fc.jsonValue()), cases: fc.array(fc.jsonValue()), repeats: fc.jsonValue() }),
      fc.jsonValue().map((objective) => ({ ...valid, objective })),
    );
    fc.assert(fc.property(some, (sent) => typeof planBenchmark(sent).ok === 'boolean'));
  });
});
