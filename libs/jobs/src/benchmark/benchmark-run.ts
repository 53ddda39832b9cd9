import { BENCHMARK_STREAM, keyOfSeed, philox } from '../statistics/philox.js';
import type { BenchmarkSpec } from './benchmark-spec.js';

/** One task of a benchmark: which strategy runs on which case, and which time; all from 0. */
export interface BenchmarkRun {
  readonly strategy: number;
  readonly case: number;
  readonly repeat: number;
}

export function benchmarkTotal({ strategies, cases, repeats = 1 }: BenchmarkSpec): number {
  return strategies.length * cases.length * repeats;
}

/**
 * The run of task `index`. Strategies change fastest, then repeats, then cases: the runs that are compared with each other stand side by
 * side, so comparisons are there from the first results on and what changes about the machines in time meets all strategies alike.
 *
 * @throws RangeError when the benchmark has no such task
 */
export function benchmarkRunAt(benchmark: BenchmarkSpec, index: number): BenchmarkRun {
  const total = benchmarkTotal(benchmark);
  if (!Number.isInteger(index) || index < 0 || index >= total) {
    throw new RangeError(`task ${index} of a benchmark with ${total} tasks`);
  }
  const { strategies, repeats = 1 } = benchmark;
  const block = Math.floor(index / strategies.length);
  return { strategy: index % strategies.length, case: Math.floor(block / repeats), repeat: block % repeats };
}

/** The index of a run: the inverse of `benchmarkRunAt`. */
export function benchmarkIndexOf({ strategies, repeats = 1 }: BenchmarkSpec, run: BenchmarkRun): number {
  return (run.case * repeats + run.repeat) * strategies.length + run.strategy;
}

/**
 * The seed that every strategy gets for this case and repeat: 31 bits, which every language's generators take (NumPy and C unsigned ints,
 * R and Java signed ones). Two runs share a seed by chance only, one pair in two thousand million.
 */
export function benchmarkSeed({ seed = 0 }: BenchmarkSpec, run: Omit<BenchmarkRun, 'strategy'>): number {
  const [word] = philox([run.case, run.repeat, 0, BENCHMARK_STREAM], keyOfSeed(seed));
  return word >>> 1;
}

/**
 * The payload of task `index`: the job's, over it the strategy's, over that the case (so that no strategy can change a case), and
 * `_benchmark: {index, total, strategy (name), case (number from 0), repeat, seed}`.
 */
export function benchmarkPayload(
  payload: Record<string, unknown>,
  benchmark: BenchmarkSpec,
  index: number,
): Record<string, unknown> {
  const run = benchmarkRunAt(benchmark, index);
  const strategy = benchmark.strategies[run.strategy];
  return {
    ...payload,
    ...strategy?.payload,
    ...benchmark.cases[run.case],
    _benchmark: {
      index,
      total: benchmarkTotal(benchmark),
      strategy: strategy?.name,
      case: run.case,
      repeat: run.repeat,
      seed: benchmarkSeed(benchmark, run),
    },
  };
}

/** The command of task `index` where its strategy has one of its own, else null: the job's. */
export function benchmarkCommand(benchmark: BenchmarkSpec, index: number): readonly string[] | null {
  const { strategy } = benchmarkRunAt(benchmark, index);
  return benchmark.strategies[strategy]?.runner_command ?? null;
}
