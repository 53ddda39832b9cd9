import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planReduce } from './reduce-spec.js';

test.each<[string, Parameters<typeof planReduce>[0], object]>([
  ['a builtin', { reduce: { builtin: 'sum', field: 'x' } }, { reduce: { builtin: 'sum', field: 'x' }, min_success: 1 }],
  ['nulls', { reduce: { builtin: 'sum', field: null, runner_command: null } }, { reduce: { builtin: 'sum' } }],
  ['min_success beside', { reduce: { builtin: 'count' }, min_success: 0.5 }, { min_success: 0.5 }],
  [
    'min_success inside',
    { reduce: { builtin: 'count', min_success: 0 } },
    { reduce: { builtin: 'count' }, min_success: 0 },
  ],
  ['a runner', { reduce: { runner_command: ['r'], fan_in: 2, timeout_s: 0.5, requirements: {} } }, { min_success: 1 }],
])('%s', (_, submission, planned) => {
  expect(planReduce(submission)).toMatchObject({ ok: true, ...planned });
});

test.each<[string, Parameters<typeof planReduce>[0], string, string]>([
  ['no reduce', {}, 'invalid_reduce', '/reduce'],
  ['neither', { reduce: { field: 'x' } }, 'invalid_reduce', '/reduce'],
  ['both', { reduce: { builtin: 'sum', runner_command: ['r'] } }, 'invalid_reduce', '/reduce'],
  ['a builtin of its own', { reduce: { builtin: 'median' } }, 'unknown_builtin', '/reduce/builtin'],
  ['what objects inherit', { reduce: { builtin: 'constructor' } }, 'unknown_builtin', '/reduce/builtin'],
  ['an empty field', { reduce: { builtin: 'sum', field: '' } }, 'invalid_reduce_field', '/reduce/field'],
  ['a fan-in of a builtin', { reduce: { builtin: 'sum', fan_in: 3 } }, 'unknown_field', '/reduce/fan_in'],
  ['a shell line', { reduce: { runner_command: 'r' } }, 'invalid_reduce_command', '/reduce/runner_command'],
  ['no program', { reduce: { runner_command: [''] } }, 'invalid_reduce_command', '/reduce/runner_command'],
  ['a fan-in of one', { reduce: { runner_command: ['r'], fan_in: 1 } }, 'invalid_fan_in', '/reduce/fan_in'],
  ['no time', { reduce: { runner_command: ['r'], timeout_s: 0 } }, 'invalid_timeout', '/reduce/timeout_s'],
  ['a typo', { reduce: { runner_command: ['r'], fanin: 3 } }, 'unknown_field', '/reduce/fanin'],
  ['percent', { reduce: { builtin: 'sum' }, min_success: 95 }, 'invalid_min_success', '/min_success'],
  ['percent inside', { reduce: { builtin: 'sum', min_success: 95 } }, 'invalid_min_success', '/reduce/min_success'],
])('%s is a fault', (_, submission, code, pointer) => {
  expect(planReduce(submission)).toMatchObject({ ok: false, code, pointer, detail: expect.stringMatching(/\.$/) });
});

test('whatever JSON is sent gets an answer', () => {
  const submission = fc.record({ reduce: fc.jsonValue(), min_success: fc.jsonValue() });
  fc.assert(fc.property(submission, (sent) => typeof planReduce(sent).ok === 'boolean'));
});
