import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createObjectStore } from '../create-object-store.js';
import { objectStoreConformance } from '../object-store.conformance.js';

let folder: string;
const openStore = (parameters = '') => createObjectStore({ url: `${pathToFileURL(folder).href}${parameters}` });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'object-store-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the file twin conforms', () => {
  objectStoreConformance(openStore);
});

describe('the file twin', () => {
  test('keeps its secret to its owner, and no unfinished files', async () => {
    const store = openStore();
    await store.ensureReady();
    expect((await stat(join(folder, 'signing-secret'))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'unfinished'))).toEqual([]);
    await store.close();
  });

  test('stores that race for a new folder agree on the secret', async () => {
    const stores = Array.from({ length: 8 }, () => openStore('/race'));
    await Promise.all(stores.map((store) => store.ensureReady()));
    await stores[0]!.put('k', Buffer.from('v'));
    const urls = await Promise.all(stores.map((store) => store.presignGet('k', { expires_s: 60 })));
    const signatures = new Set(urls.map((url) => new URL(url).searchParams.get('signature')));
    expect(signatures.size).toBeLessThanOrEqual(2);
    const origin = new URL(urls[0]!).origin;
    for (const url of urls) expect((await fetch(origin + url.slice(new URL(url).origin.length))).status).toBe(200);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('a URL outlives a restart of the store', async () => {
    const first = openStore('/restart');
    await first.put('k', Buffer.from('v'));
    const url = await first.presignGet('k', { expires_s: 60 });
    await first.close();
    const second = openStore('/restart');
    await second.ensureReady();
    expect(await (await fetch(url)).text()).toBe('v');
    await second.close();
  });

  test('an upload that breaks off leaves nothing', async () => {
    const store = openStore('/broken');
    const url = new URL(await store.presignPut('k', { expires_s: 60 }));
    await new Promise<void>((resolve) => {
      const socket = connect(Number(url.port), url.hostname, () => {
        socket.write(`PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nonly this`);
        socket.end();
      });
      socket.on('close', () => resolve());
      socket.resume();
    });
    let unfinished = ['?'];
    while (unfinished.length > 0) unfinished = await readdir(join(folder, 'broken', 'unfinished'));
    expect(await store.head('k')).toBeNull();
    await store.close();
  });

  test('a PUT without a length is 411', async () => {
    const store = openStore();
    const body = Readable.toWeb(Readable.from([Buffer.from('chunked')]));
    const options = { method: 'PUT', body, duplex: 'half' } as unknown as RequestInit;
    expect((await fetch(await store.presignPut('k', { expires_s: 60 }), options)).status).toBe(411);
    await store.close();
  });

  test('presigned URLs show the public origin when there is one', async () => {
    const store = openStore('?public=https://files.example.com/');
    expect(await store.presignGet('a/b', { expires_s: 60 })).toMatch(/^https:\/\/files\.example\.com\/a\/b\?/);
    await store.close();
  });

  test('an unknown scheme is refused at once', () => {
    expect(() => createObjectStore({ url: 'ftp://x/y' })).toThrow('unknown scheme');
  });
});
