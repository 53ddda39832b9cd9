import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ObjectStoreError, type ObjectStore } from './object-store.js';

const MIB = 1024 * 1024;

/** Pseudo-random bytes in pieces of 64 KiB, never all in memory; `digest` is complete once the stream has been read. */
function generated(size: number): { stream: Readable; digest: () => string } {
  const hash = createHash('sha256');
  const block = randomBytes(65_536);
  function* pieces() {
    for (let left = size, n = 0; left > 0; left -= 65_536, n++) {
      block.writeUInt32LE(n);
      const piece = Buffer.from(block.subarray(0, Math.min(left, 65_536)));
      hash.update(piece);
      yield piece;
    }
  }
  return { stream: Readable.from(pieces()), digest: () => hash.digest('hex') };
}

async function digestOf(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function textAt(store: ObjectStore, key: string): Promise<string | null> {
  const stream = await store.get(key);
  return stream && (await buffer(stream)).toString();
}

/** What every {@link ObjectStore} must do. `open` gives a new handle on the same, empty store. */
export function objectStoreConformance(open: () => ObjectStore): void {
  let store: ObjectStore;
  const fresh = () => `t/${randomUUID()}`;

  beforeAll(async () => {
    store = open();
    await store.ensureReady();
  });
  afterAll(() => store.close());

  describe('bytes', () => {
    test('what was put is what is got, with size and etag', async () => {
      const key = fresh();
      const put = await store.put(key, Buffer.from('hello'));
      expect(put.size_bytes).toBe(5);
      expect(put.etag).not.toBe('');
      expect(await store.head(key)).toEqual(put);
      expect(await textAt(store, key)).toBe('hello');
    });

    test('a missing object is null, and deleting it is no error', async () => {
      const key = fresh();
      expect(await store.get(key)).toBeNull();
      expect(await store.get(key, { start: 0, end: 3 })).toBeNull();
      expect(await store.head(key)).toBeNull();
      await store.delete(key);
    });

    test('an empty object exists', async () => {
      const key = fresh();
      await store.put(key, Buffer.alloc(0));
      expect(await store.head(key)).toMatchObject({ size_bytes: 0 });
      expect(await textAt(store, key)).toBe('');
    });

    test('overwriting replaces the whole object and its etag', async () => {
      const key = fresh();
      const first = await store.put(key, Buffer.from('a longer first body'));
      const second = await store.put(key, Buffer.from('short'));
      expect(await textAt(store, key)).toBe('short');
      expect(second.etag).not.toBe(first.etag);
      expect(await store.head(key)).toEqual(second);
    });

    test('a deleted object is gone, its neighbours stay', async () => {
      const key = fresh();
      await store.put(key, Buffer.from('parent'));
      await store.put(`${key}/child`, Buffer.from('child'));
      await store.delete(key);
      expect(await store.head(key)).toBeNull();
      expect(await textAt(store, `${key}/child`)).toBe('child');
    });

    test.each([
      ['the first bytes', { start: 0, end: 2 }, '012'],
      ['the middle', { start: 3, end: 5 }, '345'],
      ['one byte', { start: 9, end: 9 }, '9'],
      ['to the end', { start: 7 }, '789'],
      ['beyond the end', { start: 8, end: 100 }, '89'],
    ])('range: %s', async (_name, range, expected) => {
      const key = fresh();
      await store.put(key, Buffer.from('0123456789'));
      expect((await buffer((await store.get(key, range))!)).toString()).toBe(expected);
    });

    test.each([
      ['from beyond the end', { start: 10 }],
      ['backwards', { start: 5, end: 4 }],
      ['negative', { start: -3 }],
    ])('a range %s is refused', async (_name, range) => {
      const key = fresh();
      await store.put(key, Buffer.from('0123456789'));
      await expect(store.get(key, range)).rejects.toBeInstanceOf(ObjectStoreError);
    });

    test('20 MB stream of unknown size, there and back', async () => {
      const key = fresh();
      const size = 20 * MIB + 12_345;
      const body = generated(size);
      expect(await store.put(key, body.stream)).toMatchObject({ size_bytes: size });
      expect(await store.head(key)).toMatchObject({ size_bytes: size });
      expect(await digestOf((await store.get(key))!)).toBe(body.digest());
      const across = await buffer((await store.get(key, { start: 8 * MIB - 10, end: 8 * MIB + 9 }))!);
      expect(across.length).toBe(20);
    });

    test.each([100, 9 * MIB])('a stream of announced size %d', async (size) => {
      const key = fresh();
      const body = generated(size);
      expect(await store.put(key, body.stream, size)).toMatchObject({ size_bytes: size });
      expect(await digestOf((await store.get(key))!)).toBe(body.digest());
    });

    test.each([
      ['small, too short', 10, 11],
      ['small, too long', 10, 9],
      ['large, too short', 9 * MIB, 9 * MIB + 1],
      ['large, too long', 9 * MIB, 9 * MIB - 1],
    ])('a body of another size than announced leaves nothing behind: %s', async (_name, actual, announced) => {
      const key = fresh();
      await expect(store.put(key, generated(actual).stream, announced)).rejects.toBeInstanceOf(ObjectStoreError);
      expect(await store.head(key)).toBeNull();
    });

    test.each([1, 9 * MIB])(
      'a stream that breaks after %d bytes fails the put and keeps the old object',
      async (size) => {
        const key = fresh();
        await store.put(key, Buffer.from('old'));
        const broken = Readable.from(
          (async function* () {
            yield* generated(size).stream as AsyncIterable<Buffer>;
            throw new Error('source broke');
          })(),
        );
        await expect(store.put(key, broken)).rejects.toThrow('source broke');
        expect(await textAt(store, key)).toBe('old');
      },
    );

    test('concurrent large puts of one key: one of them wins, whole', async () => {
      const key = fresh();
      const bodies = [6 * MIB, 9 * MIB, 17 * MIB].map((size) => generated(size));
      await Promise.all(bodies.map((body) => store.put(key, body.stream)));
      const digests = bodies.map((body) => body.digest());
      expect(digests).toContain(await digestOf((await store.get(key))!));
    });
  });

  describe('keys', () => {
    test.each([
      'grüße/数据 📦.bin',
      "a+b c&d=e?f#g%h'(i)!*.txt",
      'UPPER/lower',
      'dots/..a/b..c/.hidden',
      'x%2fy',
      'back\\slash',
    ])('%s', async (name) => {
      const key = `${fresh()}/${name}`;
      await store.put(key, Buffer.from(name));
      expect(await textAt(store, key)).toBe(name);
      expect(await (await fetch(await store.presignGet(key, { expires_s: 60 }))).text()).toBe(name);
      await store.delete(key);
      expect(await store.head(key)).toBeNull();
    });

    test('keys that differ only in case are two objects', async () => {
      const base = fresh();
      await store.put(`${base}/A`, Buffer.from('upper'));
      await store.put(`${base}/a`, Buffer.from('lower'));
      expect(await textAt(store, `${base}/A`)).toBe('upper');
    });

    test.each(['', '/abs', 'a//b', 'a/', '../up', 'a/../b', './a', 'a\0b', 'a\nb', 'x'.repeat(1_025)])(
      'refused: %j',
      async (key) => {
        await expect(store.put(key, Buffer.from('x'))).rejects.toBeInstanceOf(ObjectStoreError);
        await expect(store.get(key)).rejects.toBeInstanceOf(ObjectStoreError);
        await expect(store.presignPut(key, { expires_s: 60 })).rejects.toBeInstanceOf(ObjectStoreError);
      },
    );
  });

  describe('prefixes', () => {
    test('everything below a folder goes, siblings that share its name stay', async () => {
      const base = fresh();
      const keys = ['job/1/a', 'job/1/b/c', 'job/10/a', 'job/1'].map((name) => `${base}/${name}`);
      for (const key of keys) await store.put(key, Buffer.from(key));
      await store.deletePrefix(`${base}/job/1/`);
      const left = await Promise.all(keys.map(async (key) => (await store.head(key)) !== null));
      expect(left).toEqual([false, false, true, true]);
    });

    test('a prefix that ends inside a name', async () => {
      const base = fresh();
      const keys = ['rev-1', 'rev-1.tar', 'rev-10/x', 'rev-2', 'rev'].map((name) => `${base}/${name}`);
      for (const key of keys) await store.put(key, Buffer.from(key));
      await store.deletePrefix(`${base}/rev-1`);
      const left = await Promise.all(keys.map(async (key) => (await store.head(key)) !== null));
      expect(left).toEqual([false, false, false, true, true]);
      await store.deletePrefix(`${base}/rev.`);
      expect(await store.head(`${base}/rev`)).not.toBeNull();
    });

    test('nothing below it is no error; the empty prefix is refused', async () => {
      await store.deletePrefix(`${fresh()}/`);
      await expect(store.deletePrefix('')).rejects.toBeInstanceOf(ObjectStoreError);
      await expect(store.deletePrefix('../')).rejects.toBeInstanceOf(ObjectStoreError);
    });
  });

  describe('presigned transfers', () => {
    test('PUT then GET, with nothing but the URLs', async () => {
      const key = fresh();
      const put = await fetch(await store.presignPut(key, { expires_s: 60 }), { method: 'PUT', body: 'by url' });
      expect(put.status).toBe(200);
      expect(await textAt(store, key)).toBe('by url');
      const got = await fetch(await store.presignGet(key, { expires_s: 60 }));
      expect(got.status).toBe(200);
      expect(got.headers.get('content-length')).toBe('6');
      expect(await got.text()).toBe('by url');
      expect(got.headers.get('etag')).toBe(`"${(await store.head(key))!.etag}"`);
    });

    test('a large body by URL', async () => {
      const key = fresh();
      const body = randomBytes(12 * MIB);
      expect((await fetch(await store.presignPut(key, { expires_s: 60 }), { method: 'PUT', body })).status).toBe(200);
      const got = await fetch(await store.presignGet(key, { expires_s: 60 }));
      expect(Buffer.from(await got.arrayBuffer()).equals(body)).toBe(true);
    });

    test.each([
      ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
      ['bytes=7-', 206, '789', 'bytes 7-9/10'],
      ['bytes=-2', 206, '89', 'bytes 8-9/10'],
      ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
      ['bytes=10-', 416, null, null],
    ])('GET of %s answers %d', async (range, status, text, contentRange) => {
      const key = fresh();
      await store.put(key, Buffer.from('0123456789'));
      const got = await fetch(await store.presignGet(key, { expires_s: 60 }), { headers: { range } });
      expect(got.status).toBe(status);
      if (text !== null) expect(await got.text()).toBe(text);
      if (contentRange !== null) expect(got.headers.get('content-range')).toBe(contentRange);
    });

    test.each([
      ['report.csv', 'filename="report.csv"'],
      ['Ergebnis für 数据.csv', "filename*=UTF-8''Ergebnis%20f%C3%BCr%20%E6%95%B0%E6%8D%AE.csv"],
      ['a"b\\c\r\nx: y.txt', 'filename="a_b_c__x: y.txt"'],
    ])('the download is named %j', async (filename, expected) => {
      const key = fresh();
      await store.put(key, Buffer.from('x'));
      const got = await fetch(await store.presignGet(key, { expires_s: 60, filename }));
      expect(got.status).toBe(200);
      expect(got.headers.get('content-disposition')).toMatch(/^attachment; /);
      expect(got.headers.get('content-disposition')).toContain(expected);
      expect(got.headers.get('x')).toBeNull();
    });

    test('a missing object is 404 once the signature holds', async () => {
      expect((await fetch(await store.presignGet(fresh(), { expires_s: 60 }))).status).toBe(404);
    });

    test('a URL of one method, key or signature opens no other', async () => {
      const key = fresh();
      await store.put(key, Buffer.from('secret'));
      const get = await store.presignGet(key, { expires_s: 60 });
      expect((await fetch(get, { method: 'PUT', body: 'overwritten' })).status).toBe(403);
      const put = await store.presignPut(key, { expires_s: 60 });
      expect((await fetch(put)).status).toBe(403);
      expect((await fetch(get.replace(/(signature=.)./i, '$1~'))).status).toBe(403);
      expect((await fetch(get.replace(key, `${key}x`))).status).toBe(403);
      expect((await fetch(get.split('?')[0]!)).status).toBe(403);
      expect(await textAt(store, key)).toBe('secret');
    });

    test('a life of zero, of fractions or beyond a week is refused', async () => {
      for (const expires_s of [0, 1.5, 604_801, Number.NaN]) {
        await expect(store.presignGet(fresh(), { expires_s })).rejects.toBeInstanceOf(ObjectStoreError);
      }
    });

    test('an expired URL is 403', async () => {
      const key = fresh();
      await store.put(key, Buffer.from('x'));
      const url = await store.presignGet(key, { expires_s: 1 });
      let status = 200;
      // The URL's own life is what is waited for; a second is the shortest there is.
      while (status === 200) {
        const answer = await fetch(url);
        status = answer.status;
        await answer.arrayBuffer();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(status).toBe(403);
    });

    test('a URL outlives the handle that signed it', async () => {
      const key = fresh();
      await store.put(key, Buffer.from('still here'));
      const other = open();
      const url = await other.presignGet(key, { expires_s: 60 });
      expect(await (await fetch(url)).text()).toBe('still here');
      await other.close();
    });
  });

  test('two handles see the same objects', async () => {
    const key = fresh();
    const other = open();
    await other.ensureReady();
    await other.put(key, Buffer.from('shared'));
    expect(await textAt(store, key)).toBe('shared');
    await other.close();
  });

  describe('parts', () => {
    const send = async (key: string, id: string, part: number, body: Buffer<ArrayBuffer>) => {
      const url = await store.presignPart(key, id, part, { expires_s: 60 });
      expect((await fetch(url, { method: 'PUT', body })).status).toBe(200);
    };

    test('sent in any order and again are one object when they are completed, and nothing before', async () => {
      const key = fresh();
      const [first, second] = [randomBytes(5 * MIB), randomBytes(5 * MIB)];
      const id = await store.beginParts(key);
      expect(await store.listParts(key, id)).toEqual([]);
      await send(key, id, 3, Buffer.from('the end'));
      await send(key, id, 1, second);
      await send(key, id, 2, second);
      await send(key, id, 1, first);
      expect(await store.listParts(key, id)).toEqual([
        { part: 1, size_bytes: 5 * MIB },
        { part: 2, size_bytes: 5 * MIB },
        { part: 3, size_bytes: 7 },
      ]);
      expect(await store.head(key)).toBeNull();
      expect(await store.completeParts(key, id)).toBe(true);
      const whole = await buffer((await store.get(key))!);
      expect(whole.equals(Buffer.concat([first, second, Buffer.from('the end')]))).toBe(true);
      expect([await store.completeParts(key, id), await store.listParts(key, id)]).toEqual([false, null]);
    });

    test('that are given up are gone, and giving up again is no error', async () => {
      const key = fresh();
      const id = await store.beginParts(key);
      await send(key, id, 1, Buffer.from('some'));
      await store.abortParts(key, id);
      await store.abortParts(key, id);
      expect([await store.listParts(key, id), await store.completeParts(key, id)]).toEqual([null, false]);
      expect(await store.head(key)).toBeNull();
    });

    test('of one part, and beside another upload of the same key', async () => {
      const key = fresh();
      const [one, other] = [await store.beginParts(key), await store.beginParts(key)];
      await send(key, one, 1, Buffer.from('one'));
      await send(key, other, 1, Buffer.from('other'));
      expect(await store.completeParts(key, one)).toBe(true);
      expect(await textAt(store, key)).toBe('one');
      await store.abortParts(key, other);
    });
  });
}
