import { expect, test } from '@jest/globals';
import { chooseEvictions } from './choose-evictions.js';

const folder = (path: string, bytes: number, usedAt: number, users = 0) => ({ path, bytes, usedAt, users });
const folders = [folder('new', 40, 3), folder('old', 30, 1), folder('used', 50, 0, 2), folder('middle', 20, 2)];

test.each([
  [140, []],
  [139, ['old']],
  [110, ['old']],
  [109, ['old', 'middle']],
  [90, ['old', 'middle']],
  [60, ['old', 'middle', 'new']],
  // What is in use stays, whatever the limit.
  [0, ['old', 'middle', 'new']],
])('for a limit of %i go %j', (limit, gone) => {
  expect(chooseEvictions(folders, limit).map(({ path }) => path)).toEqual(gone);
});
