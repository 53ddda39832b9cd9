import { expect, test } from '@jest/globals';
import { FailedRuntimes } from './failed-runtimes.js';

test('a failure is believed for half a minute, or as long as it took', () => {
  const failed = new FailedRuntimes();
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

test('as many are kept as anybody needs', () => {
  const failed = new FailedRuntimes();
  for (let n = 0; n <= 1_000; n++) failed.add(String(n), new Error(), 0, 0);
  expect([failed.find('0', 0), failed.find('1', 0)]).toEqual([undefined, expect.any(Error)]);
});
