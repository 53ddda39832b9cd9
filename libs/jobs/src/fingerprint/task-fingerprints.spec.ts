import type { BenchmarkSpec, TaskSpec } from '@computalot/contracts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planJob } from '../plan-job.js';
import { canonicalJson } from './canonical-json.js';
import { TaskFingerprints, type SharedInputs } from './task-fingerprints.js';

const inputs: SharedInputs = {
  account_id: 'a',
  revision: 'r',
  command: ['python3', 'run.py'],
  env: { A: '1', B: '2' },
  secrets: {},
};
const print = (spec: TaskSpec, over: Partial<SharedInputs> = {}, index = 0) =>
  new TaskFingerprints({ ...inputs, ...over }, spec).of(index);

/** The same value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

const json = fc.jsonValue({ maxDepth: 4 });
const payloads = fc.dictionary(fc.string(), json, { maxKeys: 6 }) as fc.Arbitrary<Record<string, unknown>>;

describe('canonical JSON', () => {
  test('property: it is the value, and does not know the order of keys', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });

  test('property: other values have other texts', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        fc.pre(canonicalJson(JSON.parse(JSON.stringify(a))) !== canonicalJson(JSON.parse(JSON.stringify(b))));
        expect(JSON.parse(canonicalJson(a))).not.toEqual(JSON.parse(canonicalJson(b)));
      }),
    );
  });
});

describe('fingerprints', () => {
  test('property: equal payloads, however they were written, and no others have the same', () => {
    fc.assert(
      fc.property(payloads, payloads, (a, b) => {
        const same = reversed(JSON.parse(JSON.stringify(a))) as Record<string, unknown>;
        expect(print({ payload: a })).toBe(print({ payload: same }));
        expect(print({ payload: a }) === print({ payload: b })).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });

  test.each<[string, Partial<SharedInputs>]>([
    ['account', { account_id: 'b' }],
    ['revision', { revision: null }],
    ['command', { command: ['python3 run.py'] }],
    ['variable', { env: { A: '1', B: '3' } }],
    ['version of a secret', { secrets: { TOKEN: '2026' } }],
  ])('another %s makes another task', (_what, over) => {
    expect(print({ payload: {} }, over)).not.toBe(print({ payload: {} }));
  });

  test('the order of variables does not', () => {
    expect(print({ payload: {} }, { env: { B: '2', A: '1' } })).toBe(print({ payload: {} }));
  });

  const long = 'x'.repeat(1_000);
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['one member and two', { a: '1\n"b":2' }, { a: '1', b: 2 }],
    ['a number and its text', { a: 1 }, { a: '1' }],
    ['long strings that end differently', { a: `${long}a` }, { a: `${long}b` }],
    ['a long string and its list', { a: long }, { a: [long] }],
    ['nothing and null', {}, { a: null }],
  ])('%s are told apart', (_what, a, b) => expect(print({ payload: a })).not.toBe(print({ payload: b })));

  const benchmark: BenchmarkSpec = {
    strategies: [
      { name: 'greedy', payload: { depth: { max: 1 } } },
      { name: 'deep', payload: { depth: { max: 9 } }, runner_command: ['./deep'] },
    ],
    cases: [{ board: [1, 2] }, { board: [2, 1] }],
    repeats: 3,
    objective: { metric: 'score', goal: 'maximize' },
  };
  const specs: [string, TaskSpec][] = [
    ['by', { payload: { k: Array<number>(40).fill(1), large: { text: long } }, fan_out: { by: 'k' }, batch_size: 3 }],
    ['items', { payload: {}, fan_out: { items: Array.from({ length: 20 }, () => ({ a: 1 })) } }],
    ['chunks', { payload: { list: [long] }, fan_out: { chunks: 20, range_field: 'n', total: 100 } }],
    ['benchmark', { payload: { list: [long] }, benchmark }],
  ];
  test.each(specs)('tasks of one job (%s) all differ, and have the same in its like', (_shape, spec) => {
    const planned = planJob(spec.benchmark ? { ...spec, type: 'benchmark' } : { ...spec, type: 'structured_runner' });
    if (!planned.ok) throw new Error(planned.detail);
    const indices = Array.from({ length: planned.task_total }, (_, index) => index);
    const once = new TaskFingerprints(inputs, spec);
    const prints = indices.map((index) => once.of(index));
    expect(new Set(prints).size).toBe(indices.length);
    const twin = new TaskFingerprints(inputs, reversed(JSON.parse(JSON.stringify(spec))) as TaskSpec);
    // In the other order: what is remembered of one task says nothing of another.
    expect(indices.map((index) => twin.of(indices.length - 1 - index)).reverse()).toEqual(prints);
  });

  test('a changed item changes its own task alone', () => {
    const items = Array.from({ length: 9 }, (_, at) => ({ at }));
    const spec = (over: readonly { at: number }[]): TaskSpec => ({ payload: {}, fan_out: { items: [...over] } });
    const prints = (of: TaskSpec) => items.map((_, index) => new TaskFingerprints(inputs, of).of(index));
    const before = prints(spec(items));
    const after = prints(spec(items.map((item, at) => (at === 4 ? { at: 40 } : item))));
    expect(after.flatMap((each, at) => (each === before[at] ? [] : [at]))).toEqual([4]);
  });

  test('their form never changes unnoticed: what is stored would be of no use', () => {
    expect(print({ payload: { b: [1, { c: null }], a: 'x' } })).toBe(
      '44b7cbde2e3f0ee915ab45aedeb62caa3291a892856da8fa379bac31909b5905',
    );
  });
});
