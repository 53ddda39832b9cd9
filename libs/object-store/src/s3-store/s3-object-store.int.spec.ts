import { describe, expect, test } from '@jest/globals';
import { describeWith, findService } from '@computalot/testing';
import { Client } from 'minio';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { createObjectStore } from '../create-object-store.js';
import { objectStoreConformance } from '../object-store.conformance.js';
import { parseS3Url } from './s3-url.js';

describeWith(await findService('objectStore'), 'the S3 store', (url) => {
  describe('conforms', () => {
    objectStoreConformance(() => createObjectStore({ url }));
  });

  test('a broken upload is aborted, so that its parts cost nothing', async () => {
    const store = createObjectStore({ url });
    const key = `t/${randomUUID()}`;
    const broken = Readable.from(
      (async function* () {
        for (let n = 0; n < 20; n++) yield Promise.resolve(Buffer.alloc(1024 * 1024));
        throw new Error('source broke');
      })(),
    );
    await expect(store.put(key, broken)).rejects.toThrow('source broke');
    const { endpoint, bucket } = parseS3Url(new URL(url));
    const unfinished = await new Client(endpoint).listIncompleteUploads(bucket, key, true).toArray();
    expect(unfinished).toEqual([]);
    await store.close();
  });

  test('processes that create the bucket at the same time all succeed', async () => {
    const other = url.replace(/\/[^/?]+(\?|$)/, `/race-${randomUUID()}$1`);
    const stores = [1, 2, 3, 4].map(() => createObjectStore({ url: other }));
    await Promise.all(stores.map((store) => store.ensureReady()));
    const { endpoint, bucket } = parseS3Url(new URL(other));
    await new Client(endpoint).removeBucket(bucket);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('a wrong secret is a fault, not a missing object', async () => {
    const store = createObjectStore({ url: url.replace(/:([^:@/]+)@/, ':wrong-secret@') });
    await expect(store.get('t/x')).rejects.toThrow(/object store: get of "t\/x" failed/);
    await store.close();
  });

  test('presigned URLs show the public origin and hold there', async () => {
    const { endpoint } = parseS3Url(new URL(url));
    const shown = `http://localhost:${endpoint.port}`;
    const store = createObjectStore({
      url: `${url}${url.includes('?') ? '&' : '?'}public=${encodeURIComponent(shown)}`,
    });
    const key = `t/${randomUUID()}`;
    await store.put(key, Buffer.from('public'));
    const signed = await store.presignGet(key, { expires_s: 60 });
    expect(new URL(signed).origin).toBe(shown);
    expect(await (await fetch(signed)).text()).toBe('public');
    await store.close();
  });
});

test('a store that is out of reach says so', async () => {
  const store = createObjectStore({ url: 's3://a:b@127.0.0.1:1/bucket?ssl=false' });
  await expect(store.ensureReady()).rejects.toThrow('ensureReady');
  await store.close();
});
