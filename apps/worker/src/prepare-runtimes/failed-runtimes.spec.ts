import { expect, test } from '@jest/globals';
import { FailedRuntimes } from './failed-runtimes.js';

test('a failure is believed for half a minute, or as long as it took', () => {
  const failed = new FailedRuntimes(() => undefined);
  const error = new Error('no');
  failed.add('short', error, 10, 1_000);
  failed.add('long', error, 600_000, 1_000);
  expect([failed.find('short', 30_999), failed.find('short', 31_000), failed.find('other', 0)]).toEqual([
    error,
    undefined,
    undefined,
  ]);
  expect([failed.find('long', 600_999), failed.find('long', 601_000)]).toEqual([error, undefined]);
});

test('the oldest make room, and it is told which; one that was prepared after all is none of them', () => {
  const forgotten: string[] = [];
  const failed = new FailedRuntimes((key) => forgotten.push(key));
  for (let n = 0; n < 100; n++) failed.add(String(n), new Error(), 0, 0);
  failed.remove('0');
  for (const key of ['a', 'b']) failed.add(key, new Error(), 0, 0);
  expect(forgotten).toEqual(['1']);
  expect(['0', '1', '2'].map((key) => failed.find(key, 0))).toEqual([undefined, undefined, expect.any(Error)]);
});
