import { describe, expect, test } from '@jest/globals';
import { builtinProfiles } from '@computalot/jobs';
import { parseJsonBody } from '../parse-json/json-body.js';
import { Refusal } from '../problems/refusal.js';
import { readSubmission } from './read-submission.js';

function read(body: object) {
  const json = parseJsonBody(Buffer.from(JSON.stringify(body)));
  if (!json) throw new Error('empty');
  return readSubmission(json, builtinProfiles);
}

function refusalOf(body: object): Refusal {
  try {
    read(body);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const p = { project: 'p' };
const items = (count: number) => Array.from({ length: count }, () => ({}));

const reducing = { ...p, type: 'map_reduce', fan_out: { items: items(2) } };

describe('accepted', () => {
  test.each<[string, object, number, number | undefined]>([
    ['one run', p, 1, undefined],
    ['by', { ...p, payload: { xs: [1, 2, 3] }, fan_out: { by: 'xs' } }, 3, undefined],
    ['by, batched beside', { ...p, payload: { xs: [1, 2, 3] }, fan_out: { by: 'xs' }, batch_size: 2 }, 2, 2],
    [
      'by, batched inside by the alias',
      { ...p, payload: { xs: [1, 2, 3] }, fan_out: { by: 'xs', batch_per_task: 3 } },
      1,
      3,
    ],
    ['the same batch size twice', { ...p, fan_out: { items: items(4), batch_size: 2 }, batch_per_task: 2 }, 2, 2],
    ['items that nobody has counted yet', { ...p, fan_out: { items_artifact: 'art_1' } }, 1, undefined],
    ['chunks', { ...p, fan_out: { chunks: 20, range_field: 'n', total: 10_000 } }, 20, undefined],
    [
      'a sweep',
      { ...p, type: 'sweep', sweep: { parameters: { a: [1, 2], b: { min: 0, max: 1, count: 3 } } } },
      6,
      undefined,
    ],
    [
      'a builtin over batches',
      { ...p, type: 'map_reduce', fan_out: { items: items(5) }, batch_size: 2, reduce: { builtin: 'count' } },
      3,
      2,
    ],
    [
      'a benchmark',
      {
        ...p,
        type: 'benchmark',
        benchmark: {
          strategies: [{ name: 'a' }, { name: 'b' }],
          cases: [{ n: 1 }, { n: 2 }],
          repeats: 3,
          objective: { metric: 'm', goal: 'minimize' },
        },
      },
      12,
      undefined,
    ],
    [
      'every word of retry_on',
      { ...p, retry: { retry_on: ['exit', 'timeout', 'infrastructure', 'invalid', 'exit:137'] } },
      1,
      undefined,
    ],
    [
      'fields of later that ask for nothing',
      { ...p, recipe: null, depends_on: [], payload: { _shared: null } },
      1,
      undefined,
    ],
    ['results of identical tasks', { ...p, cache: true, secrets: ['TOKEN'] }, 1, undefined],
    [
      'the limits themselves',
      {
        ...p,
        priority: -100,
        tags: Array<string>(32).fill('t'),
        retry: { max_attempts: 100 },
        requirements: { cpu: 0.1 },
      },
      1,
      undefined,
    ],
  ])('%s', (_name, body, tasks, batchSize) => {
    const { plan } = read(body);
    expect([plan.task_total, plan.spec.batch_size]).toEqual([tasks, batchSize]);
  });
});

describe('refused, with a pointer to the fault', () => {
  test.each<[object, string]>([
    [{}, '/project'],
    [{ project: 7 }, '/project'],
    [{ project: 'No' }, '/project'],
    [{ ...p, typ: 'x' }, '/typ'],
    [{ ...p, type: 'mystery' }, '/type'],
    [{ ...p, payload: [] }, '/payload'],
    [{ ...p, payload: 'x' }, '/payload'],
    [{ ...p, runner_command: 'python run.py' }, '/runner_command'],
    [{ ...p, runner_command: [] }, '/runner_command'],
    [{ ...p, runner_command: ['x', 7] }, '/runner_command'],
    [{ ...p, runner_command: [' '] }, '/runner_command/0'],
    [{ ...p, runner_command: ['x', 'a'.repeat(131_072)] }, '/runner_command/1'],
    [{ ...p, runner_command: ['x', 'é'.repeat(65_536)] }, '/runner_command/1'],
    [{ ...p, runner_command: ['x', ...Array<string>(9).fill('a'.repeat(131_071))] }, '/runner_command'],
    [
      {
        ...p,
        type: 'benchmark',
        benchmark: { strategies: [{ name: 'a', runner_command: ['x', 'a'.repeat(131_072)] }] },
      },
      '/benchmark/strategies/0/runner_command/1',
    ],
    [{ ...p, type: 'sweep' }, '/sweep'],
    [{ ...p, type: 'sweep', sweep: { parameters: {} } }, '/sweep/parameters'],
    [{ ...p, type: 'sweep', sweep: { parameters: { a: [1] } }, fan_out: { by: 'a' } }, '/fan_out'],
    [{ ...p, sweep: { parameters: { a: [1] } } }, '/sweep'],
    [{ ...p, type: 'map_reduce', fan_out: { items: items(2) } }, '/reduce'],
    [{ ...p, type: 'map_reduce', fan_out: { items: items(2) }, reduce: { builtin: 'avg' } }, '/reduce/builtin'],
    [{ ...p, type: 'map_reduce', reduce: { builtin: 'sum' } }, '/fan_out'],
    [{ ...reducing, reduce: { runner_command: ['r'], fan_in: 1 } }, '/reduce/fan_in'],
    [{ ...reducing, reduce: { runner_command: ['r'], timeout_s: 1e12 } }, '/reduce/timeout_s'],
    [{ ...reducing, reduce: { runner_command: ['r'], requirements: { memory: 1 } } }, '/reduce/requirements/memory'],
    [{ ...reducing, reduce: { runner_command: ['r'], builtin: 'sum' } }, '/reduce'],
    [{ ...reducing, reduce: { runner_command: ['r'], field: 'x' } }, '/reduce/field'],
    [{ ...p, type: 'benchmark', benchmark: { strategies: [], cases: [{}] } }, '/benchmark/strategies'],
    [{ ...p, timeout_s: 0 }, '/timeout_s'],
    [{ ...p, timeout_s: '5' }, '/timeout_s'],
    [{ ...p, timeout_s: 1e12 }, '/timeout_s'],
    [{ ...p, queue_timeout_s: -1 }, '/queue_timeout_s'],
    [{ ...p, priority: 101 }, '/priority'],
    [{ ...p, priority: 0.5 }, '/priority'],
    [{ ...p, max_parallel: 0 }, '/max_parallel'],
    [{ ...p, max_failures: -1 }, '/max_failures'],
    [{ ...p, requirements: { cpu: -1 } }, '/requirements/cpu'],
    [{ ...p, requirements: { gpu: 0.5 } }, '/requirements/gpu'],
    [{ ...p, requirements: { memory: 1 } }, '/requirements/memory'],
    [{ ...p, requirements: { labels: { a: 1 } } }, '/requirements/labels'],
    [{ ...p, requirements: [] }, '/requirements'],
    [{ ...p, profile: 'tpu' }, '/profile'],
    [{ ...p, profile: 'constructor' }, '/profile'],
    [{ ...p, retry: { max_attempts: 0 } }, '/retry/max_attempts'],
    [{ ...p, retry: { max_attempts: 40_000 } }, '/retry/max_attempts'],
    [{ ...p, retry: { retry_on: ['sometimes'] } }, '/retry/retry_on'],
    [{ ...p, retry: { retry_on: ['exit:256'] } }, '/retry/retry_on'],
    [{ ...p, retry: { attempts: 1 } }, '/retry/attempts'],
    [{ ...p, env: { 'A B': 'x' } }, '/env'],
    [{ ...p, env: { COMPUTALOT_JOB_ID: 'x' } }, '/env'],
    [{ ...p, env: { A: 1 } }, '/env'],
    [{ ...p, env: { A: 'x'.repeat(32_769) } }, '/env'],
    [{ ...p, tags: Array<string>(33).fill('t') }, '/tags'],
    [{ ...p, tags: [''] }, '/tags'],
    [{ ...p, tags: 'a' }, '/tags'],
    [{ ...p, meta: 'x'.repeat(65 * 1024) }, '/meta'],
    [{ ...p, client_ref: 7 }, '/client_ref'],
    [{ ...p, callback_url: 'ftp://x.example' }, '/callback_url'],
    [{ ...p, callback_url: 'not a url' }, '/callback_url'],
    [{ ...p, batch_size: 2 }, '/batch_size'],
    [{ ...p, fan_out: {} }, '/fan_out'],
    [{ ...p, fan_out: 'by' }, '/fan_out'],
    [{ ...p, fan_out: { by: 'xs', items: [] } }, '/fan_out'],
    [{ ...p, fan_out: { by: 'xs', total: 5 } }, '/fan_out'],
    [{ ...p, payload: { xs: 1 }, fan_out: { by: 'xs' } }, '/fan_out/by'],
    [{ ...p, payload: { xs: [] }, fan_out: { by: 'xs' } }, '/payload/xs'],
    [{ ...p, fan_out: { by: 'toString' } }, '/fan_out/by'],
    [{ ...p, fan_out: { by: '' } }, '/fan_out/by'],
    [{ ...p, fan_out: { items: [] } }, '/fan_out/items'],
    [{ ...p, fan_out: { items: [{}, 1] } }, '/fan_out/items/1'],
    [{ ...p, fan_out: { items: {} } }, '/fan_out/items'],
    [{ ...p, fan_out: { items_artifact: '' } }, '/fan_out/items_artifact'],
    [{ ...p, fan_out: { items_artifact: ['art_1'] } }, '/fan_out/items_artifact'],
    [{ ...p, fan_out: { items_artifact: 'art_1', item_total: 3 } }, '/fan_out/item_total'],
    [{ ...p, fan_out: { chunks: 5 } }, '/fan_out/range_field'],
    [{ ...p, fan_out: { chunks: 0, range_field: 'n', total: 5 } }, '/fan_out/chunks'],
    [{ ...p, fan_out: { chunks: 6, range_field: 'n', total: 5 } }, '/fan_out/chunks'],
    [{ ...p, fan_out: { chunks: 2, range_field: '__proto__', total: 5 } }, '/fan_out/range_field'],
    [{ ...p, fan_out: { chunks: 2_000_000, range_field: 'n', total: 5_000_000 } }, '/fan_out'],
    [{ ...p, fan_out: { items: items(2), batch_size: 0 } }, '/fan_out/batch_size'],
    [{ ...p, fan_out: { items: items(2), batch: 2 } }, '/fan_out/batch'],
    [{ ...p, fan_out: { items: items(4), batch_size: 2 }, batch_size: 3 }, '/batch_size'],
  ])('%j', (body, pointer) => {
    const refusal = refusalOf(body);
    expect(refusal.code).toBe('validation_failed');
    expect(refusal.extra.errors?.map((fault) => fault.pointer)).toContain(pointer);
  });

  test('all faults at once, and what was probably meant', () => {
    const refusal = refusalOf({ project: 'p', timeout: 5, tag: ['x'], priorty: 1, priority: 'high' });
    expect(refusal.extra.errors?.map((fault) => fault.pointer)).toEqual(['/timeout', '/tag', '/priorty', '/priority']);
    expect(refusal.extra.errors?.[1]?.detail).toContain('did you mean tags?');
    expect(refusal.extra.errors?.[2]?.detail).toContain('did you mean priority?');
  });
});

test('a field that is given twice is refused: which one was meant cannot be known', () => {
  const json = parseJsonBody(Buffer.from('{"project":"p","priority":1,"priority":2,"payload":{"a":1,"a":2}}'));
  expect(() => readSubmission(json!, builtinProfiles)).toThrow('/priority: is given more than once');
});

test('a download that is none is refused where it is wrong', () => {
  const refusal = refusalOf({ ...p, payload: { _artifacts: { download: { dataset: { artifact_id: 'x' } } } } });
  expect(refusal.code).toBe('validation_failed');
  expect(refusal.extra.errors?.map((fault) => fault.pointer)).toEqual([
    '/payload/_artifacts/download/dataset/artifact_id',
  ]);
});
