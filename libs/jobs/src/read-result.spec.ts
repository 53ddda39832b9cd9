import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readResult } from './read-result.js';

test('no file is no result', () => {
  expect(readResult(null)).toEqual({ ok: true, json: null, value: undefined, nonFinite: 0 });
});

test('property: valid JSON is kept letter by letter', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(readResult(text)).toEqual({ ok: true, json: text, value: JSON.parse(text), nonFinite: 0 });
    }),
  );
});

describe('what Python writes', () => {
  test.each([
    ['{"loss": NaN}', '{"loss": null}', 1],
    ['[NaN, Infinity, -Infinity, 1]', '[null, null, null, 1]', 3],
    ['NaN', 'null', 1],
    ['{"NaN": NaN, "s": "a \\"NaN\\" Infinity"}', '{"NaN": null, "s": "a \\"NaN\\" Infinity"}', 1],
  ])('%s', (text, json, nonFinite) => {
    expect(readResult(text)).toEqual({ ok: true, json, value: JSON.parse(json), nonFinite });
  });
});

test.each([
  '',
  ' ',
  '{',
  'oops',
  '{"a": NaN',
  "{'a': 1}",
  '{"a": 1} trailing',
  'undefined',
  '1Infinity',
  '{"a": NaNny}',
  '"\\',
  '{"a": NaN, "b\\',
])('a fault that says so: %j', (text) => {
  expect(readResult(text)).toMatchObject({ ok: false, detail: expect.stringContaining('not JSON') });
});

test('property: any text gives an answer, and what passes is JSON', () => {
  const words = fc.constantFrom('NaN', 'Infinity', '-', '"', '\\', '{', '}', '[', ']', ',', ':', '1', ' ', 'a', '\n');
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
      const read = readResult(parts.join(''));
      if (read.ok) expect(JSON.parse(read.json!)).toEqual(read.value);
    }),
    { numRuns: 500 },
  );
});

test('a text made to make patterns backtrack is read in one pass', () => {
  expect(readResult('"\\'.repeat(2_000_000))).toMatchObject({ ok: false });
});
