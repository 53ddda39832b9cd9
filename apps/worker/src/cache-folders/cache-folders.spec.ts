import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerSettings } from '../worker-options.js';
import { until } from '../testing/outside.js';
import { CacheFolders } from './cache-folders.service.js';

let dir = '';
const forgotten: string[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clt-cache-'));
  forgotten.length = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = async (cacheBytes: number) => {
  const cache = new CacheFolders({ cacheBytes } as WorkerSettings, { forget: (path) => void forgotten.push(path) });
  await cache.open(dir);
  return cache;
};
const place = (name: string) => join(dir, name);
/** A folder of 8 KiB. */
const add = (cache: CacheFolders, name: string) => {
  const made = place(`.making-${name}`);
  mkdirSync(join(made, 'deep'), { recursive: true });
  writeFileSync(join(made, 'a'), Buffer.alloc(4_096, 1));
  writeFileSync(join(made, 'deep', 'b'), Buffer.alloc(4_096, 1));
  return cache.add(made, place(name));
};
const names = () => readdirSync(dir).sort();

test('makes room with what was used longest ago, never with what is in use, and tells before', async () => {
  const cache = await open(20_000);
  for (const name of ['one', 'two']) {
    await add(cache, name);
    expect(cache.take(place(name))).toBe(true);
  }
  cache.release(place('one'));
  await add(cache, 'three');
  expect([cache.take(place('one')), cache.take(place('three'))]).toEqual([false, true]);
  expect(forgotten).toEqual([place('one')]);
  await add(cache, 'four');
  expect([cache.take(place('two')), cache.take(place('four'))]).toEqual([true, true]);
  // More than fits is in use; it goes when it is given back.
  for (let n = 0; n < 2; n++) cache.release(place('two'));
  expect(cache.take(place('two'))).toBe(false);
  await until(() => names().length === 4);
  expect(names()).toEqual(['four', 'four.size', 'three', 'three.size']);
});

test('what is there outlives the worker with its last use; what was begun does not', async () => {
  const cache = await open(1e6);
  for (const name of ['one', 'two']) {
    await add(cache, name);
    utimesSync(place(`${name}.size`), 1, 1);
  }
  cache.take(place('one'));
  await until(() => statSync(place('one.size')).mtimeMs > 1_000);
  mkdirSync(place('.begun'));
  for (const name of ['two', 'three']) writeFileSync(place(`${name}.log`), 'said');
  const later = await open(10_000);
  // `one` was used last, so `two` goes, with all that lies beside it.
  expect([later.take(place('one')), later.take(place('two'))]).toEqual([true, false]);
  await until(() => names().length === 2);
  expect(names()).toEqual(['one', 'one.size']);
});
