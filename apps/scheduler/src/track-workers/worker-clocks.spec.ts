import { expect, test } from '@jest/globals';
import { WorkerClocks } from './worker-clocks.js';

test.each([0, 3_600_000, -3_600_000])(
  'the age of a message does not depend on a clock that differs by %i ms',
  (skew) => {
    const clocks = new WorkerClocks();
    const sent = (at: number, arrives: number) => clocks.ageOf('w', at + skew, arrives);
    expect(sent(1_000, 1_002)).toBe(0);
    expect(sent(3_000, 3_002)).toBe(0);
    expect(sent(5_000, 65_002)).toBe(60_000);
  },
);

test('a clock that is set is followed within two minutes', () => {
  const clocks = new WorkerClocks();
  let age = clocks.ageOf('w', 0, 0);
  // Back by ten seconds: messages seem that much older at first.
  for (let at = 2_000; at <= 180_000; at += 2_000) age = clocks.ageOf('w', at - 10_000, at);
  expect(age).toBe(0);
});

test('workers have clocks of their own', () => {
  const clocks = new WorkerClocks();
  clocks.ageOf('a', 0, 0);
  expect(clocks.ageOf('b', 0, 5_000)).toBe(0);
});
