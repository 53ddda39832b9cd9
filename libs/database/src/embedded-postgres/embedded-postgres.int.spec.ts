import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Database } from '../database.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './start-embedded-postgres.js';

const asRoot = process.getuid?.() === 0;
let base: string;
let dataDir: string;
let started: EmbeddedPostgres[];

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'pg-'));
  await chmod(base, 0o755);
  dataDir = join(base, 'data');
  started = [];
});
afterEach(async () => {
  for (const server of started) await server.stop();
  await rm(base, { recursive: true });
});

async function start(options: { port?: number } = {}, folder = dataDir): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir: folder, ...options });
  started.push(server);
  return server;
}

async function ask<R extends object>(url: string, sql: string): Promise<R[]> {
  const database = new Database({ url });
  try {
    return await database.query<R>(sql);
  } finally {
    await database.close();
  }
}

test('cold, then warm: data and password stay', async () => {
  const cold = await start();
  await ask(cold.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  await cold.stop();
  await cold.stop();
  await expect(ask(cold.url, 'SELECT 1')).rejects.toThrow();

  const warm = await start();
  expect(warm.url).toBe(cold.url);
  expect(await ask(warm.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
});

test('is durable, and closed to whoever lacks the password', async () => {
  const { url } = await start();
  const names = `'fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses'`;
  expect(await ask(url, `SELECT name, setting FROM pg_settings WHERE name IN (${names}) ORDER BY name`)).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'full_page_writes', setting: 'on' },
    { name: 'listen_addresses', setting: '' },
    { name: 'synchronous_commit', setting: 'on' },
  ]);
  await expect(ask(url.replace(/:[^:@]+@/, ':guess@'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  expect((await stat(join(dataDir, 'pgdata', 'computalot.password'))).mode & 0o777).toBe(0o600);
  expect((await readdir(dataDir)).filter((name) => name.startsWith('initdb-'))).toEqual([]);
});

test('a second start takes the running server over', async () => {
  const first = await start();
  const second = await start();
  expect(second).toMatchObject({ url: first.url, pid: first.pid });
});

test('a second start that wants a port restarts the server there', async () => {
  const first = await start();
  const port = 20_000 + (process.pid % 20_000);
  const second = await start({ port });
  expect(second.pid).not.toBe(first.pid);
  expect(new URL(second.url)).toMatchObject({ hostname: '127.0.0.1', port: String(port) });
  expect(await ask(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('two first starts at once share one cluster', async () => {
  const [one, two] = await Promise.all([start(), start()]);
  expect(two).toMatchObject({ url: one.url, pid: one.pid });
});

test('falls back to loopback where the path is too long for a socket', async () => {
  const deep = join(base, 'd'.repeat(120));
  const { url } = await start({}, deep);
  expect(new URL(url).hostname).toBe('127.0.0.1');
  expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('after the postmaster is killed, the next start recovers what was committed', async () => {
  const first = await start();
  await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  process.kill(first.pid, 'SIGKILL');
  const second = await start();
  expect(second.pid).not.toBe(first.pid);
  expect(await ask(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
});

(asRoot ? test : test.skip)('as root, names the parent folder that is closed to the database user', async () => {
  const closed = join(base, 'closed');
  await mkdir(closed, { mode: 0o700 });
  await expect(start({}, join(closed, 'data'))).rejects.toMatchObject({
    code: 'not_traversable',
    message: expect.stringContaining(`chmod o+x ${closed}"`),
  });
});

test('after kill -9 of the process that started it, the next start has its data', async () => {
  const url = await startInChildAndKillIt();
  const next = await start();
  expect(next.url).toBe(url);
  expect(await ask(next.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  await next.stop();
  expect(await readdir(join(dataDir, 'pgdata'))).not.toContain('postmaster.pid');
});

/** The child runs this library's sources, creates `kept`, prints the URL and waits to be killed. */
async function startInChildAndKillIt(): Promise<string> {
  const source = `
    import { registerHooks } from 'node:module';
    import pg from 'pg';
    registerHooks({
      resolve: (name, context, next) =>
        next(name.startsWith('.') && context.parentURL?.endsWith('.ts') ? name.replace(/[.]js$/, '.ts') : name, context),
    });
    const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('./start-embedded-postgres.ts', import.meta.url).href)});
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('CREATE TABLE kept AS SELECT 7 AS n');
    console.log(server.url);
    setInterval(() => undefined, 1000);
  `;
  const options = ['--experimental-transform-types', '--no-warnings', '--input-type=module', '-e', source];
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const line = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)]);
  if (!line) throw new Error('the child ended early');
  child.kill('SIGKILL');
  await ended;
  return String(line[0]).trim();
}
