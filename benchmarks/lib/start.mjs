// Starts a shape from built code (npm run build), with the project `bench` pushed: the same code that the system tests start.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { findService, startDistributed, startStandalone } from '@computalot/testing';
import { create } from 'tar';
import { Client } from './client.mjs';

/** @param {'standalone' | 'distributed'} shape @param {Record<string, string>} env of every process */
export async function start(shape, env = {}) {
  const options = { env: { LOG_LEVEL: 'warn', NODE_ENV: 'production', ...env } };
  const platform =
    shape === 'standalone' ? await startStandalone(options) : await startDistributed(await realServices(), options);
  const client = new Client(platform.url, platform.adminKey);
  await client.push('bench', await emptyProject());
  return { platform, client };
}

async function realServices() {
  const names = ['broker', 'live', 'objectStore'];
  const found = await Promise.all(names.map((name) => findService(name)));
  const missing = found.filter(({ url }) => !url).map(({ name, how }) => `${name}: ${how}`);
  if (missing.length > 0) throw new Error(`the distributed shape needs real services: ${missing.join('; ')}`);
  const [brokerUrl, liveUrl, objectStoreUrl] = found.map(({ url }) => url);
  return { brokerUrl, liveUrl, objectStoreUrl };
}

async function emptyProject() {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-bench-'));
  await writeFile(join(folder, 'README.md'), 'Nothing but a place to run commands in.\n');
  const archive = await buffer(create({ gzip: true, cwd: folder, portable: true }, ['.']));
  await rm(folder, { recursive: true });
  return archive;
}
