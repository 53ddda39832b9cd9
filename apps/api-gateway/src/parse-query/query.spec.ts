import { expect, test } from '@jest/globals';
import { Query } from './query.js';

function timeOf(text: string): string | undefined {
  const query = new Query({ at: text });
  const time = query.time('at');
  query.done();
  return time;
}

test.each([
  ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
])('the time %s', (text, iso) => expect(timeOf(text)).toBe(iso));

test.each([
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
  'yesterday',
  '2026-01-01T12:00:00',
  '2026-13-01',
])('no time: %s', (text) => expect(() => timeOf(text)).toThrow('must be a time in RFC 3339'));
