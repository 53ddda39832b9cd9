import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { repositoryRoot } from './service-process.js';

interface Seen {
  readonly pid: number;
  readonly flags: readonly string[];
  readonly folder: string;
}

/** In the service's process, instead of the service: tells what it sees, ends with 7 at SIGTERM. */
const probe = `
  process.on('SIGTERM', () => process.exit(7));
  console.log(JSON.stringify({ pid: process.pid, flags: process.execArgv, folder: process.cwd() }));
  await new Promise(() => setInterval(() => undefined, 1e6));`;

const started: ChildProcess[] = [];

/** Each start is a process group: whatever it became ends with it. */
afterEach(() => {
  for (const { pid } of started.splice(0)) endGroup(pid ?? 0);
});

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

function start(args: readonly string[], env: Record<string, string> = {}) {
  const options = { cwd: tmpdir(), detached: true, env: { ...process.env, NODE_OPTIONS: '', ...env } };
  const child = spawn(join(repositoryRoot, 'scripts/service'), args, options);
  started.push(child);
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  return { child, ended };
}

function startProbe() {
  const module = `data:text/javascript,${encodeURIComponent(probe)}`;
  const { child, ended } = start(['scheduler'], { NODE_OPTIONS: `--import=${module}` });
  const seen = new Promise<Seen>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as Seen));
    void ended.then((end) => reject(new Error(`ended with ${String(end)}`)));
  });
  return { child, ended, seen };
}

test('a service takes the place of the start script: same process, same folder, its signals, its exit code', async () => {
  const { child, ended, seen } = startProbe();
  expect(await seen).toMatchObject({ pid: child.pid, folder: tmpdir() });
  child.kill('SIGTERM');
  expect(await ended).toBe(7);
});

test('it gets the same flags as npm start, which keep its memory flat', async () => {
  const { child, ended, seen } = startProbe();
  const scripts = (await import(join(repositoryRoot, 'scripts/bootstrap.mjs'))) as { nodeFlags(): string[] };
  const { flags } = await seen;
  child.kill('SIGKILL');
  await ended;
  expect(flags).toEqual(scripts.nodeFlags());
  expect(flags).toEqual(['--max-semi-space-size=4', '--heap-growing-percent=30']);
});

test.each([[[]], [['nothing']]])('a name that is none: %j', async (args) => {
  const { child, ended } = start(args);
  expect(await text(child.stderr)).toMatch(/usage: scripts\/service NAME[^]* scheduler /);
  expect(await ended).toBe(1);
});
