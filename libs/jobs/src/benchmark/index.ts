export {
  addBenchmarkRun,
  mergeBenchmarkProgress,
  noBenchmarkProgress,
  type BenchmarkProgress,
  type RunOutcome,
} from './benchmark-progress.js';
export * from './benchmark-run.js';
export * from './benchmark-spec.js';
export * from './leaderboard.js';
export * from './plan-benchmark.js';
