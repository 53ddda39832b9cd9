import { describe, expect, test } from '@jest/globals';
import { newUuid, encodeId } from '@computalot/kernel';
import { planJob } from '../plan-job.js';
import { specPartText } from '../items/index.js';
import { taskPayload } from '../task-payload.js';
import { TaskFingerprints } from '../fingerprint/index.js';
import { sharedReferencesOf } from './read-shared.js';
import { valueAt } from './value-at.js';

const job_id = encodeId('job', newUuid());

describe('what a payload asks for', () => {
  const resolve = { best: { kv: 'a/b' }, prev: { job_id, path: '/tasks/0/result/a~1b' } };

  test('is read', () => {
    const payload = { _shared: { resolve } };
    expect(planJob({ payload })).toMatchObject({ ok: true });
    expect(sharedReferencesOf(payload)).toEqual([
      { name: 'best', kv: 'a/b' },
      { name: 'prev', job_id, path: '/tasks/0/result/a~1b' },
    ]);
  });

  test.each([null, { resolve: null }, { resolve: {} }])('may be nothing: %j', (_shared) => {
    expect(planJob({ payload: { _shared } })).toMatchObject({ ok: true });
    expect(sharedReferencesOf({ _shared })).toEqual([]);
  });

  test.each<[unknown, string]>([
    [7, ''],
    [{ values: {} }, '/values'],
    [{ resolve: [] }, '/resolve'],
    [{ resolve: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, { kv: 'k' }])) }, '/resolve'],
    [{ resolve: { 'a/b': 7 } }, '/resolve/a~1b'],
    [{ resolve: { a: {} } }, '/resolve/a/job_id'],
    [{ resolve: { a: { kv: '' } } }, '/resolve/a/kv'],
    [{ resolve: { a: { kv: 'k', path: '/x' } } }, '/resolve/a/path'],
    [{ resolve: { a: { job_id: 'job_1', path: '/x' } } }, '/resolve/a/job_id'],
    [{ resolve: { a: { job_id, path: 'x' } } }, '/resolve/a/path'],
    [{ resolve: { a: { job_id, path: '/~2' } } }, '/resolve/a/path'],
    [{ resolve: { a: { job_id, path: '/x', more: 1 } } }, '/resolve/a/more'],
  ])('%j is refused at %s', (_shared, pointer) => {
    expect(planJob({ payload: { _shared } })).toMatchObject({ ok: false, pointer: `/payload/_shared${pointer}` });
  });
});

test.each<[string, unknown]>([
  ['/a/b', undefined],
  ['/a~1b/0', 'x'],
  ['/a~1b/00', undefined],
  ['/a~1b/length', undefined],
  ['/~0/', null],
  ['/toString', undefined],
])('%s leads to %j', (pointer, value) => {
  expect(valueAt({ 'a/b': ['x'], '~': { '': null } }, pointer)).toBe(value);
});

describe('values', () => {
  const _shared = { resolve: { best: { kv: 'k' } } };
  const values = { best: { lr: 1 } };
  const payload = { _shared, ks: [1] };
  const benchmark = { strategies: [{ name: 's' }], cases: [{}], objective: { metric: 'm', goal: 'maximize' } };

  test.each<[string, object]>([
    ['one task', { payload }],
    ['by', { payload, fan_out: { by: 'ks' } }],
    ['items', { payload, fan_out: { items: [{ n: 1 }] } }],
    ['batched items', { payload, fan_out: { items: [{ n: 1 }] }, batch_size: 2 }],
    ['chunks', { payload, fan_out: { chunks: 1, range_field: 'n', total: 2 } }],
    [
      'a sweep',
      { type: 'sweep', payload, sweep: { parameters: { x: [1] }, objective: { metric: 'm', goal: 'minimize' } } },
    ],
    ['a benchmark', { type: 'benchmark', payload, benchmark }],
    ['map_reduce', { type: 'map_reduce', payload, fan_out: { by: 'ks' }, reduce: { builtin: 'count' } }],
  ])('are in the payload of each task, and in its fingerprint: %s', (_name, submission) => {
    const specWith = (found: object) => {
      const planned = planJob(submission, 1, { shared: found as Record<string, unknown> });
      if (!planned.ok) throw new Error(planned.detail);
      return planned.spec;
    };
    expect(taskPayload(specWith(values), 0)).toMatchObject({ _shared: { ..._shared, values } });
    const inputs = { account_id: 'a', revision: null, command: ['x'], env: {}, secrets: {} };
    const printOf = (found: object) => new TaskFingerprints(inputs, specWith(found)).of(0);
    expect(printOf({ best: { lr: 1 } })).toBe(printOf(values));
    expect(printOf({ best: { lr: 2 } })).not.toBe(printOf(values));
  });

  test('are in the parts of a spec', () => {
    const shared = { ..._shared, values };
    const text = specPartText(['{"n":1}'], {
      start: 0,
      total: 1,
      batchSize: undefined,
      payload: { _shared: shared, x: 1 },
    });
    expect(taskPayload(JSON.parse(text) as never, 0)).toMatchObject({ n: 1, _shared: shared });
  });
});
