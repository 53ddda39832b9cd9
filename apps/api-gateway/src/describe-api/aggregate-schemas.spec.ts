import { aggregatorOf, type Aggregation, type TaskOutcome } from '@computalot/jobs';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { closed } from '../testing/contract/answer-check.js';
import { aggregateSchemas } from './aggregate-schemas.js';

const ajv = new Ajv2020({ allErrors: true, strict: false });
ajv.addSchema({ $id: 'api', components: { schemas: closed(aggregateSchemas) } });

/** What the schema says against the aggregate of these results, itself and after the outcomes of nothing. */
function faults(schema: string, aggregation: Aggregation, results: readonly unknown[]): unknown[] {
  const validate = ajv.getSchema(`api#/components/schemas/${schema}`);
  if (!validate) throw new Error(`no schema ${schema}`);
  const aggregator = aggregatorOf(aggregation, null);
  const check = () =>
    validate(JSON.parse(JSON.stringify(aggregator.aggregate().result))) ? [] : (validate.errors ?? []);
  const before = check();
  for (const outcome of outcomesOf(results)) aggregator.add(outcome);
  return [...before, ...check()];
}

/** Every other kind of end among them. */
function outcomesOf(results: readonly unknown[]): TaskOutcome[] {
  const at = results.length;
  return [
    ...results.map((result, index): TaskOutcome => ({ index, status: 'completed', result })),
    { index: at, status: 'failed', reason: 'exit 1' },
    { index: at + 1, status: 'unreadable', reason: 'its result is missing' },
  ];
}

const objective = { metric: 'm', goal: 'maximize' } as const;
const numbers = [3, 1, 2, 8, 5, 4].map((m) => ({ m }));

test.each<[string, Aggregation]>([
  [
    'a sweep',
    { kind: 'sweep', sweep: { parameters: { a: [1, 2, 'x', null], b: { min: 0, max: 1, count: 2 } }, objective } },
  ],
  [
    'a sweep over ranges',
    { kind: 'sweep', sweep: { parameters: { a: { min: 0, max: 1 } }, mode: 'random', samples: 8, objective } },
  ],
  ['a sweep without an objective', { kind: 'sweep', sweep: { parameters: { a: [1, 2, 3, 4, 5, 6, 7, 8] } } }],
])('%s is as its schema says', (_, aggregation) => {
  expect(faults('SweepAggregate', aggregation, numbers)).toEqual([]);
});

test('a benchmark is as its schema says', () => {
  const benchmark = { strategies: [{ name: 'a' }, { name: 'b' }], cases: [{}, {}], repeats: 2, objective };
  expect(faults('BenchmarkAggregate', { kind: 'benchmark', benchmark }, numbers)).toEqual([]);
});

test.each(['sum', 'mean', 'min', 'max', 'count', 'concat', 'merge', 'stats'] as const)(
  'the builtin %s is as its schema says',
  (builtin) => {
    const field = builtin === 'merge' ? {} : { field: 'm' };
    const aggregation: Aggregation = { kind: 'reduction', reduce: { builtin, ...field }, batches: null };
    expect(faults('ReductionAggregate', aggregation, numbers)).toEqual([]);
  },
);

test('a field that a schema leaves out is a fault', () => {
  const aggregation: Aggregation = { kind: 'reduction', reduce: { builtin: 'sum' }, batches: null };
  expect(faults('SweepPoint', aggregation, [])).not.toEqual([]);
});
