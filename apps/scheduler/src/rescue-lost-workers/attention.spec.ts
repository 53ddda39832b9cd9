import { expect, test } from '@jest/globals';
import { Attention } from './attention.js';

test('grows while nothing interrupts it', () => {
  const attention = new Attention(0);
  expect([2_000, 4_000, 6_000].map((now) => attention.look(true, now))).toEqual([2_000, 4_000, 6_000]);
});

test('begins anew after a look that found the process deaf', () => {
  const attention = new Attention(0);
  attention.look(true, 2_000);
  expect(attention.look(false, 4_000)).toBe(0);
  expect(attention.look(true, 6_000)).toBe(2_000);
});

test('begins anew after a pause in which nobody looked', () => {
  const attention = new Attention(0);
  attention.look(true, 2_000);
  expect(attention.look(true, 17_000)).toBe(0);
});
