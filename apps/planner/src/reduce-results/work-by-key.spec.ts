import { expect, test } from '@jest/globals';
import { WorkByKey } from './work-by-key.js';

/** Pieces of work that say when they begin and end when they are told to. */
function stage(limit: number) {
  const work = new WorkByKey(limit);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const want = (key: string) =>
    work.want(key, () => {
      begun.push(key);
      return new Promise((resolve) => ends.push(resolve));
    });
  const endNext = async () => {
    ends.shift()?.();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { work, begun, want, endNext };
}

test('at most so many run at once; the others follow in order', async () => {
  const { work, begun, want, endNext } = stage(2);
  for (const key of ['a', 'b', 'c', 'd']) want(key);
  expect(begun).toEqual(['a', 'b']);
  await endNext();
  expect(begun).toEqual(['a', 'b', 'c']);
  for (let left = 3; left > 0; left -= 1) await endNext();
  await work.settled();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

test('what is wanted while it runs runs once more after that, however often it was wanted, and holds up no other', async () => {
  const { work, begun, want, endNext } = stage(2);
  for (const key of ['a', 'a', 'a', 'b']) want(key);
  expect(begun).toEqual(['a', 'b']);
  await endNext();
  expect(begun).toEqual(['a', 'b', 'a']);
  await endNext();
  await endNext();
  await work.settled();
  expect(begun).toEqual(['a', 'b', 'a']);
});
