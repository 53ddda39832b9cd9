import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fingerprintOf, isIdempotencyKey } from './fingerprint.js';
import { openText, sealText } from './seal-answer.js';

const request = { method: 'POST', url: '/api/v1/jobs', content_type: 'application/json', body: '{}', reader: '' };

test.each([
  { method: 'PUT' },
  { url: '/api/v1/jobs/' },
  { content_type: undefined },
  { body: '{ }' },
  { reader: 'x' },
  { url: '/api/v1/jobs","application/json', content_type: '' },
])('%j makes it another request', (other) => {
  expect(fingerprintOf({ ...request, ...other })).not.toEqual(fingerprintOf(request));
  expect(fingerprintOf({ ...request, content_type: ' Application/JSON ' })).toEqual(fingerprintOf(request));
});

test.each([
  ['a', true],
  ['~'.repeat(255), true],
  ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', true],
  ['~'.repeat(256), false],
  ['', false],
  ['a b', false],
  ['a\u007f', false],
  [['a'], false],
])('%j is a key: %s', (key, expected) => expect(isIdempotencyKey(key)).toBe(expected));

test('property: what is sealed opens for its reader alone, and not when it was changed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1 }), fc.nat(), (text, secret, at) => {
      const sealed = sealText(text, secret);
      expect(openText(sealed, secret)).toBe(text);
      expect(() => openText(sealed, `${secret}x`)).toThrow();
      const bytes = Buffer.from(sealed, 'base64');
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      expect(() => openText(bytes.toString('base64'), secret)).toThrow();
    }),
    { numRuns: 50 },
  );
});
