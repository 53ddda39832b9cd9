import type { Example } from '../api-document.js';

/** Bodies of `POST /jobs` of the types that make something of their results. */
export const jobTypeExamples: Readonly<Record<string, Example>> = {
  shared: {
    summary: 'With a value of the project, found when the job is planned',
    value: { project: 'knn-iris', payload: { ks: [3], _shared: { resolve: { best: { kv: 'best_params' } } } } },
  },
  handed_artifact: {
    summary: 'With an artifact among the inputs of its tasks',
    value: {
      project: 'knn-iris',
      payload: { ks: [3], _artifacts: { download: { dataset: { artifact_id: 'art_01k66jwz0sfmhvr1a2b3c4d5e6' } } } },
    },
  },
  sweep: {
    summary: 'A grid over two parameters, the best point by a field of the results',
    value: {
      project: 'train',
      type: 'sweep',
      sweep: {
        parameters: { lr: { min: 1e-4, max: 0.1, log: true, count: 4 }, depth: [2, 4, 8] },
        objective: { metric: 'loss', goal: 'minimize' },
      },
    },
  },
  map_reduce: {
    summary: 'Statistics of a field over 200 chunks, while they run',
    value: {
      project: 'simulate',
      type: 'map_reduce',
      fan_out: { chunks: 200, range_field: 'paths', total: 1_000_000 },
      reduce: { builtin: 'stats', field: 'price' },
      min_success: 0.95,
    },
  },
  map_reduce_by_a_runner: {
    summary: 'Results merged by a program, at most 20 at a time: 400 map tasks, then 20 reduce tasks, then one',
    value: {
      project: 'simulate',
      type: 'map_reduce',
      fan_out: { chunks: 400, range_field: 'paths', total: 1_000_000 },
      reduce: { runner_command: ['python3', 'merge.py'], fan_in: 20, requirements: { memory_gb: 4 } },
      min_success: 0.95,
    },
  },
  benchmark: {
    summary: 'Two strategies on two cases, five times each, compared pairwise',
    value: {
      project: 'solvers',
      type: 'benchmark',
      benchmark: {
        strategies: [{ name: 'greedy' }, { name: 'tabu', payload: { tenure: 12 } }],
        cases: [{ instance: 'a280' }, { instance: 'ch150' }],
        repeats: 5,
        objective: { metric: 'length', goal: 'minimize' },
      },
    },
  },
};
