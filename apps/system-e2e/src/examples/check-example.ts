import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { blackScholesCall, leaveOneOutCorrect, meanOf, rastrigin, readFlowers, type CallOption } from './expected.js';
import { exampleFolder, exampleJob, type ExampleName } from './example-files.js';

/** Compares the results of all tasks of an example, in order of index, with what they must be. */
export const checkExample: Record<ExampleName, (results: readonly unknown[]) => void> = {
  'knn-iris': checkClassification,
  'option-pricing': checkPrice,
  evolution: checkFitness,
};

function checkClassification(results: readonly unknown[]): void {
  const flowers = readFlowers(readFileSync(join(exampleFolder('knn-iris'), 'data/iris.csv'), 'utf8'));
  expect(flowers).toHaveLength(150);
  const { ks } = exampleJob('knn-iris').payload as { ks: number[] };
  const total = flowers.length;
  const expected = ks.map((k) => {
    const correct = leaveOneOutCorrect(flowers, k);
    return { results: [{ k, correct, total, accuracy: correct / total }] };
  });
  expect(results).toEqual(expected);
}

function checkPrice(results: readonly unknown[]): void {
  const { payload, fan_out } = exampleJob('option-pricing');
  const { n, mean, error } = meanOf(results as { n: number; sum: number; sum_sq: number }[]);
  expect(n).toBe((fan_out as { total: number }).total);
  expect(error).toBeGreaterThan(0);
  expect(error).toBeLessThan(0.05);
  expect(Math.abs(mean - blackScholesCall(payload as unknown as CallOption))).toBeLessThan(4 * error);
}

function checkFitness(results: readonly unknown[]): void {
  const { fan_out, batch_size } = exampleJob('evolution');
  const items = (fan_out as { items: unknown[] }).items as { id: string; x: number[] }[];
  const batches = results as { results: { id: string; fitness: number }[] }[];
  expect(batches.map((batch) => batch.results.length)).toEqual(
    Array.from({ length: Math.ceil(items.length / (batch_size ?? 1)) }, () => batch_size),
  );
  const found = batches.flatMap((batch) => batch.results);
  expect(found.map((each) => each.id)).toEqual(items.map((item) => item.id));
  found.forEach((each, i) => expect(each.fitness).toBeCloseTo(rastrigin(items[i]?.x ?? []), 9));
}
