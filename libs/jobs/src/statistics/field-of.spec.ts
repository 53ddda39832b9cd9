import { expect, test } from '@jest/globals';
import { fieldOf, numberIn } from './field-of.js';

test.each<[string, unknown, string, unknown]>([
  ['a top-level field', { a: 1 }, 'a', 1],
  ['a path', { a: { b: [5, { c: 7 }] } }, 'a.b.1.c', 7],
  ['a field with dots before a path', { 'a.b': 1, a: { b: 2 } }, 'a.b', 1],
  ['what objects inherit', {}, 'constructor', undefined],
  ['a path through a number', { a: 1 }, 'a.b', undefined],
  ['a field of nothing', null, 'a', undefined],
  ['a field of undefined', undefined, 'a', undefined],
])('%s', (_, result, path, expected) => {
  expect(fieldOf(result, path)).toBe(expected);
});

test.each<[unknown, string | undefined, string]>([
  [{}, 'loss', 'the result has no "loss"'],
  [{ loss: null }, 'loss', '"loss" is null, NaN or infinite'],
  [{ loss: Infinity }, 'loss', '"loss" is null, NaN or infinite'],
  [{ loss: '0.1' }, 'loss', '"loss" is the string "0.1", not a number'],
  [{ loss: [1] }, 'loss', '"loss" is an array, not a number'],
  [true, undefined, 'the result is true, not a number'],
  [undefined, undefined, 'no result'],
])('%j has no number at %s', (result, path, reason) => {
  expect(numberIn(result, path)).toEqual({ ok: false, reason });
});
