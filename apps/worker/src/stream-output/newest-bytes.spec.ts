import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NewestBytes } from './newest-bytes.js';

test('has the newest bytes: all up to the limit, at least the limit from then on, at most twice as many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.string({ maxLength: 50 })), (limit, texts) => {
      const newest = new NewestBytes(limit);
      let all = '';
      for (const text of texts) {
        newest.push(Buffer.from(text, 'latin1'));
        all += Buffer.from(text, 'latin1').toString('latin1');
        expect(all.endsWith(newest.view().toString('latin1'))).toBe(true);
        expect(newest.length).toBeGreaterThanOrEqual(Math.min(all.length, limit));
        expect(newest.length).toBeLessThanOrEqual(2 * limit);
      }
    }),
  );
});

test('keeps a copy: what was pushed may change', () => {
  const newest = new NewestBytes(10);
  const data = Buffer.from('abc');
  newest.push(data);
  data.fill('x');
  expect(newest.view().toString()).toBe('abc');
});
