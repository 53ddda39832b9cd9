import { expect, test } from '@jest/globals';
import { OmittedLeases } from './omitted-leases.js';

const SETTLE = 10;

function worker(leases = new OmittedLeases(), incarnation = 'i') {
  return (omitted: string[], now: number) => [...leases.note('w', incarnation, omitted, SETTLE, now)];
}

test('a lease is lost once it has been omitted for the whole time', () => {
  const note = worker();
  expect(note(['a'], 0)).toEqual([]);
  expect(note(['a', 'b'], 9)).toEqual([]);
  expect(note(['a', 'b'], 10)).toEqual(['a']);
  expect(note(['b'], 19)).toEqual(['b']);
});

test('one that was named meanwhile begins anew', () => {
  const note = worker();
  note(['a'], 0);
  note([], 5);
  expect(note(['a'], 10)).toEqual([]);
  expect(note(['a'], 20)).toEqual(['a']);
});

test('what an earlier incarnation omitted does not count', () => {
  const leases = new OmittedLeases();
  worker(leases, 'first')(['a'], 0);
  expect(worker(leases, 'second')(['a'], 10)).toEqual([]);
});
