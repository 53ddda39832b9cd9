import { describe, expect, test } from '@jest/globals';
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
  });
}
