import { expect, test } from '@jest/globals';
import { decideReduce } from './reduce-decision.js';

test.each([
  ['some are still to come', { total: 4, completed: 2, failed: 1 }, 1, 'wait'],
  ['all completed', { total: 4, completed: 4, failed: 0 }, 1, 'reduce'],
  ['one failed and all were wanted', { total: 4, completed: 3, failed: 1 }, 1, 'fail'],
  ['just enough', { total: 10, completed: 7, failed: 3 }, 0.7, 'reduce'],
  ['just enough of an odd share', { total: 1000, completed: 57, failed: 943 }, 0.057, 'reduce'],
  ['one too few', { total: 10, completed: 6, failed: 4 }, 0.7, 'fail'],
  ['none, and none was asked for', { total: 2, completed: 0, failed: 2 }, 0, 'fail'],
  ['one, and none was asked for', { total: 2, completed: 1, failed: 1 }, 0, 'reduce'],
])('%s', (_, counts, minSuccess, decision) => {
  expect(decideReduce(counts, minSuccess)).toMatchObject({ decision });
});
