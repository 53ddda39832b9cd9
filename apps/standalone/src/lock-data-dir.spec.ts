import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DataDirInUseError, lockDataDir } from './lock-data-dir.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'computalot-lock-'));
  file = join(folder, 'standalone.lock');
});
afterEach(() => rm(folder, { recursive: true }));

test('a second one is told who works there; after the release the folder is free and clean', async () => {
  const unlock = await lockDataDir(folder);
  await expect(lockDataDir(folder)).rejects.toThrow(DataDirInUseError);
  await expect(lockDataDir(folder)).rejects.toThrow(`process ${process.pid}`);
  await unlock();
  expect(await readdir(folder)).toEqual([]);
  await (
    await lockDataDir(folder)
  )();
});

test('of many that start at once exactly one gets it', async () => {
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDir(folder)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test.each([
  ['a process that is gone', async () => JSON.stringify({ pid: await deadPid(), started: null })],
  ['another process that got the same id', async () => JSON.stringify({ pid: process.pid, started: 'another boot 1' })],
  ['nobody, half written', async () => '{"pid":'],
])('a lock of %s is taken over', async (_name, content) => {
  await writeFile(file, await content());
  const unlock = await lockDataDir(folder);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid });
  await unlock();
  expect(await readdir(folder)).toEqual([]);
});

test('a lock of a zombie, which is killed but not collected by its parent, is taken over', async () => {
  const { pid, started, collect } = await zombie();
  await writeFile(file, JSON.stringify({ pid, started }));
  await (
    await lockDataDir(folder)
  )();
  await collect();
});

test('waits for one that is just ending, and says so once', async () => {
  const unlock = await lockDataDir(folder);
  const told: string[] = [];
  const next = lockDataDir(folder, {
    patienceMs: 60_000,
    tell: (line) => {
      told.push(line);
      void unlock();
    },
  });
  await (
    await next
  )();
  expect(told).toEqual([expect.stringContaining(`process ${process.pid}`)]);
});

test('the release leaves a lock that is not its own', async () => {
  const unlock = await lockDataDir(folder);
  await writeFile(file, '{"pid":1,"started":null}');
  await unlock();
  expect(await readFile(file, 'utf8')).toContain('"pid":1');
});

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid ?? 0;
}

/** A child of a shell that became another program, which knows nothing of children. */
async function zombie(): Promise<{ pid: number; started: string; collect: () => Promise<unknown> }> {
  const parent = spawn('sh', ['-c', 'sh -c "kill -9 \\$\\$" & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => parent.once('exit', resolve));
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', (data) => resolve(String(data)))));
  const stat = async () => {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  };
  while ((await stat())[0] !== 'Z') await new Promise(setImmediate);
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return { pid, started: `${boot} ${(await stat())[19]}`, collect: () => (parent.kill('SIGKILL'), ended) };
}
