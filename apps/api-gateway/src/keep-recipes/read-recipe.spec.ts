import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { readRecipe } from './read-recipe.js';

const CIRCLE_PACKING = fileURLToPath(new URL('../../../../recipes/circle-packing', import.meta.url));

test.each([
  ['optimise', 'another word'],
  [7, 'another type'],
  [undefined, 'nothing'],
])('the operation %p (%s) is answered with those that there are', async (operation, _what) => {
  const { faultsOfPayload } = await readRecipe(CIRCLE_PACKING);
  expect(faultsOfPayload({ operation, n: 7 }, '/payload')).toEqual([
    { pointer: '/payload/operation', detail: 'must be one of "evaluate", "evaluate_batch", "optimize"' },
  ]);
});
