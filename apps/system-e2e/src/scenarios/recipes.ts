import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { exampleFolder } from '../examples/example-files.js';
import type { Stage } from '../stage/stage.js';

interface Estimate {
  readonly value: number;
  readonly std_error: number;
  readonly closed_form: number;
}

/** Hull, Options, Futures and Other Derivatives, example 15.6: a call worth 4.76, a put worth 0.81. */
const HULL = { spot: 42, strike: 40, rate: 0.1, volatility: 0.2, maturity: 0.5, paths: 20_000, seed: 1 };

export function recipes(stage: () => Stage): void {
  describe('recipes', () => {
    test('option-pricing agrees with the textbook within its own error bars, price and Greeks', async () => {
      const { user } = stage();
      const items = ['call', 'put'].map((kind) => ({ ...HULL, kind }));
      const { id } = await user.submit({ recipe: 'option-pricing', fan_out: { items } });
      expect((await user.end(id)).status).toBe('completed');
      const { tasks } = await user.results(id);
      const [call, put] = tasks.map(({ result }) => result as Record<string, Estimate>);
      expect(call?.['price']?.closed_form).toBeCloseTo(4.76, 2);
      expect(put?.['price']?.closed_form).toBeCloseTo(0.81, 2);
      for (const one of [call, put]) {
        for (const name of ['price', 'delta', 'gamma', 'vega', 'theta', 'rho']) {
          const { value = NaN, std_error = NaN, closed_form = NaN } = one?.[name] ?? {};
          expect(std_error).toBeGreaterThan(0);
          expect(Math.abs(value - closed_form)).toBeLessThan(4 * std_error);
        }
      }
    });

    test('circle-packing searches in chunks of one job, and judges what it has found', async () => {
      const { user } = stage();
      const { id } = await user.submit({
        recipe: 'circle-packing',
        type: 'map_reduce',
        payload: { operation: 'optimize', n: 10, starts: 6 },
        fan_out: { chunks: 3, range_field: 'starts', total: 6 },
        reduce: { builtin: 'max', field: 'score' },
      });
      expect((await user.end(id)).status).toBe('completed');
      const { aggregate_result, tasks } = await user.results(id);
      // Specht, packomania.com
      expect(aggregate_result).toMatchObject({ max: expect.closeTo(0.148204322565, 12) });
      const packings = tasks.map(({ result }) => (result as { circles: unknown }).circles);
      const payload = { operation: 'evaluate_batch', packings: [[[0.5, 0.5, 0.6]], ...packings] };
      const judge = await user.submit({ recipe: 'circle-packing', payload, fan_out: { by: 'packings' } });
      expect((await user.end(judge.id)).status).toBe('completed');
      const verdicts = (await user.results(judge.id)).tasks.flatMap(
        ({ result }) => (result as { results: unknown[] }).results,
      );
      expect(verdicts.map((verdict) => (verdict as { feasible: boolean }).feasible)).toEqual([false, true, true, true]);
    });

    test('tabular-training is tuned by a sweep and compared by a benchmark', async () => {
      const { user } = stage();
      const csv = readFileSync(join(exampleFolder('knn-iris'), 'data/iris.csv'), 'utf8');
      const payload = { operation: 'cross_validate', csv, target: 'species', task: 'classification' };
      const objective = { metric: 'accuracy', goal: 'maximize' as const };
      const sweep = await user.submit({
        recipe: 'tabular-training',
        type: 'sweep',
        payload: { ...payload, model: 'knn', scale: 'none', folds: 'leave_one_out' },
        sweep: { parameters: { k: [1, 5, 15] }, objective },
      });
      const benchmark = await user.submit({
        recipe: 'tabular-training',
        type: 'benchmark',
        payload: { ...payload, rounds: 10 },
        benchmark: {
          strategies: [
            { name: 'neighbours', payload: { model: 'knn' } },
            { name: 'trees', payload: { model: 'boosting' } },
          ],
          cases: [{ folds: 3 }],
          repeats: 2,
          objective,
        },
      });
      for (const { id } of [sweep, benchmark]) expect((await user.end(id)).status).toBe('completed');
      // The numbers of examples/knn-iris.
      expect((await user.results(sweep.id)).aggregate_result).toMatchObject({
        best: { parameters: { k: 15 }, metric: 146 / 150 },
      });
      const { aggregate_result } = await user.results(benchmark.id);
      const means = (aggregate_result as { leaderboard: { mean: number }[] }).leaderboard.map(({ mean }) => mean);
      expect(means).toEqual([expect.any(Number), expect.any(Number)]);
      for (const mean of means) expect(mean).toBeGreaterThan(0.9);
    });

    test('tabular-training leaves a model as an artifact, which predicts', async () => {
      const { user } = stage();
      const ends = async (payload: object) => {
        const { id } = await user.submit({ recipe: 'tabular-training', payload: { ...payload } });
        expect((await user.end(id)).status).toBe('completed');
        return (await user.results(id)).tasks[0];
      };
      const csv = 'x,y\n1,0\n2,0\n3,10\n4,10\n';
      const trees = { model: 'boosting', rounds: 1, learning_rate: 1, l2: 0, test_fraction: 0, validation_fraction: 0 };
      const training = await ends({ operation: 'train', csv, target: 'y', task: 'regression', ...trees });
      const model = await user.client.downloadArtifact(training?.artifacts[0] ?? '');
      const trained: unknown = await new Response(model).json();
      const prediction = await ends({ operation: 'predict', csv: 'x\n0\n9\n', trained });
      expect(prediction?.result).toMatchObject({ predictions: [0, 10] });
      expect(prediction?.artifacts).toHaveLength(1);
    });
  });
}
