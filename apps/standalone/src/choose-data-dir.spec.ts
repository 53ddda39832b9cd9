import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chooseDataDir, makeDataDir } from './choose-data-dir.js';

let base: string;
let repository: string;
beforeEach(async () => {
  base = await mkdtemp('/tmp/computalot-choose-');
  repository = join(base, 'repository');
  await mkdir(repository);
  await chmod(base, 0o755);
});
afterEach(() => rm(base, { recursive: true }));
const choose = (isRoot: boolean, configured?: string) =>
  chooseDataDir(configured, { isRoot, repository, systemFolder: '/var/lib/x' });

test('is .computalot in the repository by default, for root too where others can walk to it', async () => {
  const expected = { path: join(repository, '.computalot'), notice: null };
  expect(await choose(false)).toEqual(expected);
  expect(await choose(true)).toEqual(expected);
});

test('is the system folder for root, with a word about it, when a parent is closed to others', async () => {
  await chmod(base, 0o700);
  const { path, notice } = await choose(true);
  expect(path).toBe('/var/lib/x');
  expect(notice).toContain('COMPUTALOT_DATA_DIR');
  expect((await choose(false)).path).toBe(join(repository, '.computalot'));
});

test('is what was configured, made absolute, whatever its parents allow', async () => {
  await chmod(base, 0o700);
  expect(await choose(true, 'some/where')).toEqual({ path: join(process.cwd(), 'some/where'), notice: null });
});

test('is made so that others can walk through but not look around', async () => {
  const path = join(base, 'a', 'b');
  await makeDataDir(path);
  expect((await stat(path)).mode & 0o777).toBe(0o711);
});
