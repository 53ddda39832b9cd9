import fc from 'fast-check';
import { RawJson } from './json-text.js';

const nested = (open: string, close: string, depth: number) => new RawJson(open.repeat(depth) + close.repeat(depth));

const NUMBERS = [0, -0, -1, 1.5, 1e-300, 1e308, -1e308, 2 ** 31, 2 ** 53, -(2 ** 63), 5e-324];
const RAW = [
  '1e400',
  '-1e400',
  '1e-400',
  '123456789012345678901234567890',
  '0.1000000000000000055511151231257827',
  '-0',
];
const STRINGS = [
  '',
  ' ',
  'NaN',
  'null',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  "'; DROP TABLE jobs; --",
  '%s%n%x',
  '${jndi:ldap://x}',
  '\u202e\u200b\ufeff',
  '\u{1f469}\u200d\u{1f680}\u{1d573}',
  'İıſK',
  'a\r\nset-cookie: x=1',
  '\u2028\u2029',
  '\u0000',
  '\u001b[31m',
  'x'.repeat(3_000),
];

/** JSON values that a careless server trips over; some have no JavaScript value and are text. */
export const hostileValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { '': null }),
  fc.constantFrom<unknown>(...NUMBERS),
  fc.constantFrom(...RAW).map((text) => new RawJson(text)),
  fc.constantFrom(...STRINGS),
  fc.constantFrom('"\\ud800"', '"\\u0000"', '"\\udfff\\ud800"').map((text) => new RawJson(text)),
  fc.constantFrom(
    new RawJson('{"__proto__":{"polluted":true}}'),
    new RawJson('{"constructor":{"prototype":{"polluted":true}}}'),
    nested('[', ']', 90),
    nested('[', ']', 101),
    nested('[', ']', 20_000),
    new RawJson(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`),
  ),
  fc.integer({ min: 300, max: 3_000 }).map((length) => Array.from({ length }, (_, index) => index)),
  fc
    .integer({ min: 100, max: 500 })
    .map((size) => Object.fromEntries(Array.from({ length: size }, (_, n) => [`k${n}`, n]))),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 4 }),
);

/** Text for paths and parameters, not encoded. */
export const hostileTexts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...STRINGS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '-1',
    '1e9',
    '99999999999999999999',
    '0x10',
    '1,2',
    'true',
    '2026-13-45',
    '9999-12-31T23:59:59+14:00',
  ),
);
