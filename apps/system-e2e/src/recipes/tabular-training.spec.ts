import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exampleFolder } from '../examples/example-files.js';
import { newAttempt, runRecipe } from './run-recipe.js';

interface Learnt {
  readonly accuracy: number;
  readonly log_loss: number;
  readonly rmse: number;
  readonly r2: number;
  readonly rounds: number;
  readonly features: readonly string[];
  readonly importance: Record<string, number>;
  readonly _warnings: readonly string[];
}

let attempt: string;
beforeEach(() => void (attempt = newAttempt()));
afterEach(() => rmSync(attempt, { recursive: true, force: true }));

const iris = readFileSync(join(exampleFolder('knn-iris'), 'data/iris.csv'), 'utf8');
const species = { csv: iris, target: 'species', task: 'classification' };
const width = { csv: iris, target: 'petal_width_cm', task: 'regression' };

const run = <T = Learnt>(payload: object): T => runRecipe<T>('tabular-training', payload, attempt);
const validate = (payload: object) => run({ operation: 'cross_validate', ...payload });
const artifact = (name: string) => readFileSync(join(attempt, 'artifacts', name), 'utf8');

/** What a model that was trained on all of one table says of another. */
function learnAndPredict(csv: string, asked: string, settings: object): unknown[] {
  const all = { operation: 'train', csv, target: 'y', test_fraction: 0, validation_fraction: 0, ...settings };
  run(all);
  const trained: unknown = JSON.parse(artifact('model.json'));
  return run<{ predictions: unknown[] }>({ operation: 'predict', csv: asked, trained }).predictions;
}
const probabilities = () =>
  artifact('predictions.csv')
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => Number(line.split(',').at(-1)));

describe('knn', () => {
  test.each([
    [1, 144],
    [3, 144],
    [5, 145],
    [15, 146],
    [99, 79],
  ])('with k = %i is right on %i of 150 flowers, each left out once', (k, right) => {
    const { accuracy } = validate({ ...species, model: 'knn', k, scale: 'none', folds: 'leave_one_out' });
    expect(accuracy).toBe(right / 150);
  });

  test('means its neighbours, weighted when asked for', () => {
    const settings = { task: 'regression', model: 'knn', k: 2, scale: 'none' };
    const csv = 'x,y\n0,0\n4,8\n10,100\n';
    expect(learnAndPredict(csv, 'x\n1\n4\n', settings)).toEqual([4, 4]);
    const [between, on] = learnAndPredict(csv, 'x\n1\n4\n', { ...settings, weights: 'distance' });
    // Weights 1 and 1/3.
    expect(between).toBeCloseTo(2, 12);
    expect(on).toBe(8);
  });

  test('takes categories and missing values', () => {
    const csv = 'c,x,y\nred,1,a\nred,,a\nblue,2,b\nblue,3,b\n,2,b\n';
    const settings = { task: 'classification', model: 'knn', k: 1 };
    expect(learnAndPredict(csv, 'c,x\nred,2\nblue,\ngreen,3\n', settings)).toEqual(['a', 'b', 'b']);
    expect(JSON.parse(artifact('model.json'))).toMatchObject({ features: ['c=blue', 'c=red', 'x'] });
  });
});

describe('boosting', () => {
  const steps = 'x,y\n1,0\n2,0\n3,10\n4,10\n';
  const stump = { model: 'boosting', max_depth: 1 };

  test.each<[object, number]>([
    [{ rounds: 1, learning_rate: 1, l2: 0 }, 0],
    // From the mean 5: half of the step to 0.
    [{ rounds: 1, learning_rate: 0.5, l2: 0 }, 2.5],
    [{ rounds: 2, learning_rate: 0.5, l2: 0 }, 1.25],
    // Gradients 5 and 5, penalty 1: 10 / (2 + 1).
    [{ rounds: 1, learning_rate: 0.5, l2: 1 }, 5 - 5 / 3],
    [{ rounds: 2, learning_rate: 0.5, l2: 1 }, 5 - 5 / 3 - 10 / 9],
  ])('%j makes the step that was computed by hand', (settings, low) => {
    const asked = 'x\n0\n2.4\n2.6\n9\n';
    const found = learnAndPredict(steps, asked, { task: 'regression', ...stump, ...settings });
    expect(found).toEqual([low, low, 10 - low, 10 - low].map((value) => expect.closeTo(value, 12)));
  });

  test('makes the step of the log-odds that was computed by hand', () => {
    const settings = { task: 'classification', ...stump, rounds: 1, learning_rate: 0.3, l2: 1 };
    expect(learnAndPredict('x,y\n1,a\n2,a\n3,b\n4,b\n', 'x\n1\n4\n', settings)).toEqual(['a', 'b']);
    // Gradients of 1/2 and curvatures of 1/4: 0.3 * 1 / (0.5 + 1).
    const p = 1 / (1 + Math.exp(0.2));
    expect(probabilities()).toEqual([expect.closeTo(p, 12), expect.closeTo(1 - p, 12)]);
  });

  test.each([
    [10, [0, 10, 10]],
    [0, [0, 10, 0]],
  ])('sends missing values where rows without the value were: %i', (missing, expected) => {
    const csv = `x,y\n1,0\n1,0\n3,10\n3,10\n,${missing}\n,${missing}\n`;
    const settings = { task: 'regression', ...stump, rounds: 1, learning_rate: 1, l2: 0 };
    expect(learnAndPredict(csv, 'x\n1\n3\n?\n', settings)).toEqual(expected.map((y) => expect.closeTo(y, 12)));
  });

  test('needs two levels where one feature alone says nothing', () => {
    const csv = `u,v,y\n${'a,a,0\na,b,1\nb,a,1\nb,b,0\n'.repeat(3)}a,a,0\n`;
    const settings = { task: 'regression', model: 'boosting', rounds: 1, learning_rate: 1, l2: 0 };
    const asked = 'u,v\na,a\na,b\nb,a\nb,b\n';
    const deep = learnAndPredict(csv, asked, { ...settings, max_depth: 2 });
    expect(deep).toEqual([0, 1, 1, 0].map((y) => expect.closeTo(y, 12)));
    const shallow = learnAndPredict(csv, asked, { ...settings, max_depth: 1 }) as number[];
    expect(Math.max(...shallow)).toBeLessThan(0.7);
  });

  test.each<[string, object, (found: Learnt) => void]>([
    ['three species', species, ({ accuracy }) => expect(accuracy).toBeGreaterThan(0.93)],
    [
      'one species among two',
      { ...species, csv: iris.replace(/.*setosa\n/g, '') },
      ({ accuracy }) => expect(accuracy).toBeGreaterThan(0.9),
    ],
    ['the width of petals', { ...width, ignore: ['sepal_width_cm'] }, ({ r2 }) => expect(r2).toBeGreaterThan(0.9)],
    ['the width of petals in few bins', { ...width, max_bins: 8 }, ({ r2 }) => expect(r2).toBeGreaterThan(0.85)],
  ])('learns %s of iris, judged by flowers it has not seen', (_, payload, check) => {
    check(validate({ ...payload, model: 'boosting', rounds: 40 }));
  });

  test('stops when the rows kept aside get no better, and tells what it looked at', () => {
    const learnt = run({ operation: 'train', ...species, model: 'boosting', rounds: 500, learning_rate: 0.3 });
    expect(learnt.rounds).toBeLessThan(100);
    expect(learnt.accuracy).toBeGreaterThan(0.85);
    const [first] = Object.keys(learnt.importance);
    expect(first).toMatch(/^petal/);
  });
});

describe('what cannot be learnt from is named', () => {
  const train = { operation: 'train', model: 'knn', task: 'regression', target: 'y' };
  test.each<[string, object, string]>([
    ['no such column', { csv: 'x,z\n1,2\n' }, 'no column y; it has x, z'],
    ['a row of another length', { csv: 'x,y\n1,2\n1\n' }, 'line 3 of the CSV has 1 values'],
    ['a target that is no number', { csv: 'x,y\n1,2\n1,tall\n' }, "'tall'"],
    ['too few rows', { csv: 'x,y\n1,2\n1,\n' }, '1 rows with a value of y'],
    ['no input', {}, 'there is no input dataset'],
    ['codes for knn', { csv: 'x,y\n1,2\n2,3\n', encoding: 'codes' }, 'one_hot'],
  ])('%s', (_, payload, message) => {
    expect(() => run({ ...train, ...payload })).toThrow(message);
  });

  test('rows without a target are left out, with a warning', () => {
    const { _warnings } = run({ ...train, csv: 'x,y\n1,2\n2,NA\n3,4\n', k: 1 });
    expect(_warnings).toEqual(['1 rows without y were left out']);
  });
});

test('the table and the model may be files among the inputs', () => {
  const settings = { operation: 'train', target: 'species', task: 'classification', model: 'knn' };
  expect(() => run(settings)).toThrow('there is no input dataset');
  writeFileSync(join(attempt, 'inputs', 'dataset'), iris);
  expect(run(settings).accuracy).toBeGreaterThan(0.85);
  writeFileSync(join(attempt, 'inputs', 'model'), artifact('model.json'));
  const { predictions } = run<{ predictions: string[] }>({ operation: 'predict' });
  expect(predictions.slice(0, 3)).toEqual(['setosa', 'setosa', 'setosa']);
});
