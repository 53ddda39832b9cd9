import { describe, expect, test } from '@jest/globals';
import type { JobSubmission, ResultsPage } from '@computalot/contracts';
import { RUNNERS, type Stage } from '../stage/stage.js';

const SCORE: JobSubmission = {
  project: RUNNERS,
  runner_command: ['python3', 'score.py'],
  retry: { max_attempts: 1 },
};

export function aggregates(stage: () => Stage): void {
  describe('what is made of all results', () => {
    async function resultsOf(job: Partial<JobSubmission>): Promise<ResultsPage> {
      const { user } = stage();
      const { id } = await user.run({ ...SCORE, ...job });
      return user.results(id);
    }

    test('a sweep shows its best point, the ranking, what each parameter does and which points failed', async () => {
      const { status, completeness, aggregate_result, aggregate_aliases } = await resultsOf({
        type: 'sweep',
        sweep: {
          parameters: { x: { min: 1, max: 5, step: 1 }, y: [0, 10] },
          mode: 'grid',
          objective: { metric: 'loss', goal: 'minimize' },
        },
      });
      expect([status, completeness]).toEqual(['partial', expect.objectContaining({ completed: 9, failed: 1 })]);
      const best = { index: 4, metric: 0, parameters: { x: 3, y: 0 } };
      expect(aggregate_result).toMatchObject({
        best,
        points: { total: 10, completed: 9, failed: 1 },
        marginal_means: {
          x: [
            { value: 1, count: 1, mean: 14 },
            { value: 2, count: 2, mean: 6 },
            { value: 3, count: 2, mean: 5 },
            { value: 4, count: 2, mean: 6 },
            { value: 5, count: 2, mean: 9 },
          ],
          y: [
            { value: 0, count: 4, mean: 1.5 },
            { value: 10, count: 5, mean: 12 },
          ],
        },
        failed_points: { count: 1, points: [expect.objectContaining({ parameters: { x: 1, y: 0 } })] },
      });
      expect(aggregate_aliases).toMatchObject({ best });
    });

    test('a benchmark compares strategies on the same cases with the same luck', async () => {
      const { status, aggregate_result, aggregate_aliases } = await resultsOf({
        type: 'benchmark',
        benchmark: {
          strategies: [
            { name: 'weak', payload: { skill: 1 } },
            { name: 'strong', payload: { skill: 2 } },
          ],
          cases: [{ size: 1 }, { size: 5 }],
          repeats: 3,
          seed: 1,
          objective: { metric: 'score', goal: 'maximize' },
        },
      });
      expect(status).toBe('completed');
      expect(aggregate_result).toMatchObject({
        runs: { total: 12, completed: 12, failed: 0 },
        compared: 6,
        leaderboard: [
          { rank: 1, name: 'strong', n: 6, wins: 6, difference_to_best: null },
          { rank: 2, name: 'weak', n: 6, wins: 0, difference_to_best: { n: 6, significant: true } },
        ],
      });
      // The luck cancels out: what is left is the difference of the skills.
      const [, weak] = (aggregate_result as { leaderboard: { difference_to_best: { mean: number } }[] }).leaderboard;
      expect(weak?.difference_to_best.mean).toBeCloseTo(-1, 10);
      expect(aggregate_aliases).toMatchObject({ best: { name: 'strong' } });
    });

    test.each<[string, object]>([
      ['stats', { count: 10, sum: 45, mean: 4.5, min: 0, max: 9, std: Math.sqrt(82.5 / 9) }],
      ['sum', { value: 45 }],
      ['count', { value: 10 }],
      ['concat', { value: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }],
    ])('a map-reduce by %s', async (builtin, expected) => {
      const { status, aggregate_result } = await resultsOf({
        type: 'map_reduce',
        fan_out: { items: Array.from({ length: 10 }, (_, x) => ({ x })) },
        reduce: { builtin, field: 'x' } as NonNullable<JobSubmission['reduce']>,
      });
      expect([status, aggregate_result]).toEqual(['completed', expect.objectContaining(expected)]);
    });

    test('results of batched tasks are also shown item by item', async () => {
      const { tasks } = await resultsOf({
        fan_out: { items: Array.from({ length: 5 }, (_, x) => ({ x })) },
        batch_size: 2,
      });
      const items = tasks.flatMap(({ item_results = [] }) => item_results);
      expect(items).toEqual([0, 1, 2, 3, 4].map((item) => ({ item, result: 2 * item })));
    });
  });
}
