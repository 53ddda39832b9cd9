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
  });
}
