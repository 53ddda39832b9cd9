import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkExample } from './check-example.js';
import { exampleCommand, exampleFolder, exampleJob, type ExampleName } from './example-files.js';
import { blackScholesCall, normalCdf } from './expected.js';

/** The runners of the examples without a platform: the payloads are cut by hand here, as the contract says. */
let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'computalot-runners-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function runOnce(name: ExampleName, payload: unknown): unknown {
  const [program = '', ...args] = exampleCommand(name);
  const env = {
    ...process.env,
    COMPUTALOT_TASK_PAYLOAD: join(scratch, 'payload.json'),
    COMPUTALOT_TASK_RESULT: join(scratch, 'result.json'),
  };
  writeFileSync(env.COMPUTALOT_TASK_PAYLOAD, JSON.stringify(payload));
  execFileSync(program, args, { cwd: exampleFolder(name), env, stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(readFileSync(env.COMPUTALOT_TASK_RESULT, 'utf8'));
}

const payloads: Record<ExampleName, () => unknown[]> = {
  'knn-iris': () => (exampleJob('knn-iris').payload?.ks as number[]).map((k) => ({ ks: [k] })),
  'option-pricing': () => {
    const { payload } = exampleJob('option-pricing');
    return Array.from({ length: 20 }, (_, index) => ({
      ...payload,
      total_paths: 20_000,
      _chunk: { index, start: index * 20_000 },
    }));
  },
  evolution: () => {
    const { items } = exampleJob('evolution').fan_out as { items: unknown[] };
    return [0, 8, 16].map((start) => ({ items: items.slice(start, start + 8) }));
  },
};

describe.each(Object.keys(payloads) as ExampleName[])('%s', (name) => {
  test('gives the results that were computed independently', () => {
    checkExample[name](payloads[name]().map((payload) => runOnce(name, payload)));
  });
});

test('a runner written for the whole list runs on a part and on the whole alike', () => {
  const ks = [1, 5, 21];
  const whole = runOnce('knn-iris', { ks }) as { results: unknown[] };
  expect(whole.results).toEqual(
    ks.flatMap((k) => (runOnce('knn-iris', { ks: [k] }) as { results: unknown[] }).results),
  );
});

test('the yardsticks themselves agree with published values', () => {
  expect(normalCdf(1.96)).toBeCloseTo(0.9750021048517795, 10);
  // Hull, Options, Futures, and Other Derivatives: S = 42, K = 40, r = 10 %, sigma = 20 %, T = 0.5 gives 4.76.
  expect(blackScholesCall({ spot: 42, strike: 40, rate: 0.1, volatility: 0.2, maturity_years: 0.5 })).toBeCloseTo(
    4.759,
    3,
  );
});
