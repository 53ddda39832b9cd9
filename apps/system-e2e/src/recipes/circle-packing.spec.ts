import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { newAttempt, runRecipe } from './run-recipe.js';

type Circle = readonly [number, number, number];
interface Judged {
  readonly score: number;
  readonly feasible: boolean;
  readonly violations: readonly { kind: string; circles: number[]; by: number }[];
}
interface Found extends Judged {
  readonly start: number;
  readonly circles: readonly Circle[];
}

let attempt: string;
beforeEach(() => void (attempt = newAttempt()));
afterEach(() => rmSync(attempt, { recursive: true, force: true }));

const run = <T>(payload: object): T => runRecipe<T>('circle-packing', payload, attempt);
const optimize = (payload: object) => run<Found>({ operation: 'optimize', ...payload });
const judge = (circles: readonly Circle[], tolerance = 0) => run<Judged>({ operation: 'evaluate', circles, tolerance });

/** Lengths by which the circles overlap or are over the edge at most. */
function worstOf(circles: readonly Circle[]): number {
  const over = circles.flatMap(([x, y, r], i) => [
    ...[x, 1 - x, y, 1 - y].map((wall) => r - wall),
    ...circles.slice(i + 1).map(([u, v, q]) => r + q - Math.hypot(x - u, y - v)),
  ]);
  return Math.max(...over);
}

describe('optimize', () => {
  // Specht, The best known packings of equal circles in a square, packomania.com. Each beside the first start that leads to it.
  test.each<[number, number, number]>([
    [2, 0, 0.292893218813],
    [3, 0, 0.25433309503],
    [4, 0, 0.25],
    [5, 2, 0.207106781187],
    [6, 0, 0.187680601147],
    [7, 0, 0.174457630187],
    [8, 58, 0.170540688701],
    [9, 0, 1 / 6],
    [10, 4, 0.148204322565],
    [16, 0, 0.125],
    [20, 5, 0.111382347512],
  ])('finds the best known packing of %i equal circles, from start %i', (n, start, radius) => {
    const found = optimize({ n, starts: 1, _chunk: { start } });
    expect(Math.abs(found.score - radius)).toBeLessThan(1e-12);
    expect([found.start, found.feasible, found.circles.length]).toEqual([start, true, n]);
    expect(worstOf(found.circles)).toBeLessThan(1e-15);
  });

  test.each<[number, number]>([
    [1, 0.5],
    // Two circles that touch on the diagonal: r + s = 2 - sqrt(2) however it is shared.
    [2, 2 - Math.SQRT2],
    // More than equal circles have.
    [5, 5 * 0.208],
  ])('finds circles of different sizes: %i radii with a sum of %d at least', (n, sum) => {
    const { score, feasible, circles } = optimize({ problem: 'sum_of_radii', n, starts: 10 });
    expect(score).toBeGreaterThan(sum - 1e-12);
    expect(score).toBeCloseTo(
      circles.reduce((total, [, , r]) => total + r, 0),
      12,
    );
    expect(feasible).toBe(true);
    expect(worstOf(circles)).toBeLessThan(1e-15);
  });

  test('does in chunks what it does in one task', () => {
    const whole = optimize({ n: 8, starts: 6, seed: 3 });
    const parts = [0, 2, 4].map((start) => {
      rmSync(join(attempt, 'checkpoint'), { recursive: true });
      return optimize({ n: 8, starts: 2, seed: 3, _chunk: { start } });
    });
    expect(Math.max(...parts.map(({ score }) => score))).toBe(whole.score);
    expect(parts.map(({ start }) => start)).toContain(whole.start);
  });

  test('goes on from its checkpoint, to the same end', () => {
    const whole = optimize({ n: 7, starts: 5 });
    const path = join(attempt, 'checkpoint', 'search.json');
    const ended: unknown = JSON.parse(readFileSync(path, 'utf8'));
    expect(ended).toMatchObject({ done: 5, best: { start: whole.start } });
    rmSync(path);
    optimize({ n: 7, starts: 3 });
    expect(optimize({ n: 7, starts: 5 })).toEqual(whole);
    // What was found before is not searched for again.
    writeFileSync(path, JSON.stringify({ done: 5, best: { start: 9, circles: [[0.5, 0.5, 0.5]] } }));
    expect(optimize({ n: 7, starts: 5 })).toMatchObject({ start: 9, score: 0.5 });
  });
});

describe('evaluate', () => {
  const quarter: Circle[] = [
    [0.25, 0.25, 0.25],
    [0.75, 0.25, 0.25],
    [0.25, 0.75, 0.25],
    [0.75, 0.75, 0.25],
  ];

  test('takes circles that touch, at a tolerance of nothing', () => {
    expect(judge(quarter)).toMatchObject({ feasible: true, score: 0.25, violations: [] });
  });

  test('decides exactly where doubles cannot', () => {
    const ulp = 2 ** -54;
    const grown: Circle[] = [[0.25, 0.25, 0.25 + ulp], ...quarter.slice(1)];
    const { feasible, violations } = judge(grown);
    expect([feasible, violations.length]).toEqual([false, 3]);
    expect(judge(grown, 1e-16).feasible).toBe(true);
  });

  test('names who overlaps, who is outside, and by how much, the worst first', () => {
    const { feasible, violations } = judge([
      [0.25, 0.5, 0.25],
      [0.625, 0.5, 0.25],
      [0.9, 0.9, 0.125],
    ]);
    expect(feasible).toBe(false);
    expect(violations).toEqual([
      { kind: 'overlap', circles: [0, 1], by: 0.125 },
      { kind: 'outside', circles: [2], by: expect.closeTo(0.025, 12) },
    ]);
  });

  test('judges many, and says which is the best of those that are feasible', () => {
    const packings = [[[0.5, 0.5, 0.6]], quarter, [[0.5, 0.5, 0.5]], [[0.5, 0.5, 0.4]]];
    const batch = run<{ results: Judged[] }>({ operation: 'evaluate_batch', packings });
    expect(batch).toMatchObject({ best: 2, score: 0.5 });
    expect(batch.results.map(({ feasible }) => feasible)).toEqual([false, true, true, true]);
  });
});
