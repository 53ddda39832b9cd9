import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findRunning, parsePidFile } from './pid-file.js';

let pgdata: string;
beforeEach(async () => {
  pgdata = await mkdtemp(join(tmpdir(), 'pgdata-'));
});
afterEach(() => rm(pgdata, { recursive: true }));

test.each([
  ['', undefined],
  ['garbage\n', undefined],
  ['77\n/data\n1\n', { pid: 77, port: 0, socketFolder: '', status: '' }],
  ['77\n/data\n1\n5432\n/sock\n\n  1  2\nready   \n', { pid: 77, port: 5432, socketFolder: '/sock', status: 'ready' }],
  [
    '77\n/data\n1\n6000\n\n127.0.0.1\n  1  2\nstopping\n',
    { pid: 77, port: 6000, socketFolder: '', status: 'stopping' },
  ],
])('parses %j', (text, parsed) => {
  expect(parsePidFile(text)).toEqual(parsed);
});

test('a file whose id now belongs to another process is removed', async () => {
  await writeFile(join(pgdata, 'postmaster.pid'), `${process.pid}\n${pgdata}\n1\n5432\n\n\n\nready\n`);
  expect(await findRunning(pgdata)).toBeUndefined();
  expect(await readdir(pgdata)).toEqual([]);
});

test('a file whose process is gone is left to Postgres', async () => {
  // Above the largest possible process id.
  await writeFile(join(pgdata, 'postmaster.pid'), `4194999\n${pgdata}\n1\n5432\n\n\n\nready\n`);
  expect(await findRunning(pgdata)).toBeUndefined();
  expect(await readdir(pgdata)).toEqual(['postmaster.pid']);
});
