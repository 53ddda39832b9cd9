import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  benchmarkCommand,
  benchmarkIndexOf,
  benchmarkPayload,
  benchmarkRunAt,
  benchmarkSeed,
  benchmarkTotal,
} from './benchmark-run.js';
import type { BenchmarkSpec } from './benchmark-spec.js';

const benchmarkOf = (strategies: number, cases: number, repeats: number, seed?: number): BenchmarkSpec => ({
  strategies: Array.from({ length: strategies }, (_, n) => ({ name: `s${n}` })),
  cases: Array.from({ length: cases }, (_, n) => ({ n })),
  repeats,
  ...(seed === undefined ? {} : { seed }),
  objective: { metric: 'm', goal: 'minimize' },
});
const size = fc.integer({ min: 1, max: 6 });

test('every strategy, case and repeat has one index, and the other way round', () => {
  fc.assert(
    fc.property(size, size, size, (s, c, r) => {
      const benchmark = benchmarkOf(s, c, r);
      const runs = Array.from({ length: benchmarkTotal(benchmark) }, (_, index) => benchmarkRunAt(benchmark, index));
      expect(new Set(runs.map((run) => JSON.stringify(run))).size).toBe(s * c * r);
      runs.forEach((run, index) => expect(benchmarkIndexOf(benchmark, run)).toBe(index));
      expect(() => benchmarkRunAt(benchmark, runs.length)).toThrow(RangeError);
    }),
  );
});

test('a seed is shared by the strategies of one case and repeat, and by nothing else', () => {
  const benchmark = benchmarkOf(3, 20, 20, 9);
  const seeds = new Map<string, Set<unknown>>();
  for (let index = 0; index < benchmarkTotal(benchmark); index++) {
    const { _benchmark } = benchmarkPayload({}, benchmark, index) as { _benchmark: Record<string, unknown> };
    const block = `${String(_benchmark.case)} ${String(_benchmark.repeat)}`;
    seeds.set(block, (seeds.get(block) ?? new Set()).add(_benchmark.seed));
  }
  expect([...seeds.values()].every((of) => of.size === 1)).toBe(true);
  expect(new Set([...seeds.values()].flatMap((of) => [...of])).size).toBe(400);
});

test('seeds fit 31 bits, depend on the seed of the benchmark, and stay what they are between versions', () => {
  const run = { case: 2, repeat: 3 };
  const values = [undefined, 0, 1, -1, 2 ** 40].map((seed) => benchmarkSeed(benchmarkOf(1, 1, 1, seed), run));
  expect(values[0]).toBe(values[1]);
  expect(new Set(values).size).toBe(4);
  for (const value of values) {
    expect(value).toBe(value | 0);
    expect(value).toBeGreaterThanOrEqual(0);
  }
  // Philox4x32-10 in Python's integers: philox([2, 3, 0, 3], [seed mod 2^32, seed div 2^32])[0] >> 1
  expect(values).toEqual([1118074847, 1118074847, 97678590, 486748079, 767349793]);
});

test('a case lies over the strategy, the strategy over the job', () => {
  const benchmark: BenchmarkSpec = {
    strategies: [{ name: 'a', payload: { x: 'strategy', y: 'strategy' }, runner_command: ['./a'] }, { name: 'b' }],
    cases: [{ x: 'case' }],
    objective: { metric: 'm', goal: 'minimize' },
  };
  const { _benchmark, ...payload } = benchmarkPayload({ x: 'job', y: 'job', z: 'job' }, benchmark, 0);
  expect(payload).toEqual({ x: 'case', y: 'strategy', z: 'job' });
  expect(_benchmark).toMatchObject({ index: 0, total: 2, strategy: 'a', case: 0, repeat: 0 });
  expect(benchmarkCommand(benchmark, 0)).toEqual(['./a']);
  expect(benchmarkCommand(benchmark, 1)).toBeNull();
});
