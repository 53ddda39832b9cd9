import { expect, test } from '@jest/globals';
import { deriveQuality } from './result-quality.js';

const fine = { truncatedOutput: false };

test.each<[string, string | null, { truncatedOutput: boolean; nonFinite?: number }, number, number]>([
  ['a plain result', '{"x": 1}', fine, 1, 0],
  ['any JSON value', '[1, 2]', fine, 1, 0],
  ['null on purpose', 'null', fine, 1, 0],
  ['no result', null, fine, 0, 1],
  ['NaN in it', '{"x": null}', { truncatedOutput: false, nonFinite: 1 }, 0.5, 1],
  ['output cut', '{}', { truncatedOutput: true }, 0.9, 1],
  ['output cut and no result', null, { truncatedOutput: true }, 0, 2],
  ['its own word', '{"_quality": 0.3, "_warnings": ["few samples"]}', fine, 0.3, 1],
  ['its own word above what is derived, warned all the same', '{"_quality": 1}', { truncatedOutput: true }, 1, 1],
  ['a word that is no number', '{"_quality": "good"}', fine, 1, 1],
  ['a word out of range', '{"_quality": 1.5}', fine, 1, 1],
  ['warnings that are no list', '{"_warnings": "x"}', fine, 1, 0],
  ['warnings that are no strings', '{"_warnings": [1, "x", null]}', fine, 1, 1],
])('%s', (_, result, facts, quality, warnings) => {
  const derived = deriveQuality(result, facts);
  expect(derived.quality).toBe(quality);
  expect(derived.warnings).toHaveLength(warnings);
});

test('a flood of warnings is bounded', () => {
  const result = JSON.stringify({ _warnings: Array.from({ length: 1_000 }, () => 'x'.repeat(10_000)) });
  expect(JSON.stringify(deriveQuality(result, fine)).length).toBeLessThan(12_000);
});
