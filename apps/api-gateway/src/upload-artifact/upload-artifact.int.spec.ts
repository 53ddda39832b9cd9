import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { decodeId, newUuid } from '@computalot/kernel';
import { objectKeys } from '@computalot/object-store';
import { createTestDatabase, waitUntil, type TestDatabase } from '@computalot/testing';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };
let stranger: { id: string; key: string };
beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('uploaders');
  stranger = await gateway.account('strangers');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});
beforeEach(() => db.database.query('TRUNCATE artifacts, orphaned_contents, outbox'));
afterEach(() => void jest.restoreAllMocks());

const ARTIFACTS = '/api/v1/artifacts';
const shaOf = (text: string) => createHash('sha256').update(text).digest('hex');
const rows = <R extends object>(sql: string, params: unknown[] = []) => db.database.query<R>(sql, params);
const upload = (text: string, filename: string, { key = account.key, headers = {} } = {}) =>
  gateway.call('POST', ARTIFACTS, {
    key,
    raw: text,
    headers: { 'content-type': 'application/x-ndjson', 'x-artifact-filename': filename, ...headers },
  });
const get = (path: string, headers: Record<string, string> = {}, key = account.key) =>
  gateway.call('GET', `${ARTIFACTS}${path}`, { key, headers });
const remove = (id: unknown, key = account.key) => gateway.call('DELETE', `${ARTIFACTS}/${String(id)}`, { key });
const isStored = async (text: string, owner = account) =>
  (await gateway.objects.head(objectKeys.artifact(owner.id, shaOf(text)))) !== null;
/** Temporary files that hold the text. */
const spoolsOf = (text: string) =>
  readdirSync(tmpdir()).filter((name) => {
    try {
      return name.startsWith('computalot-file-') && readFileSync(join(tmpdir(), name, 'file'), 'utf8').includes(text);
    } catch {
      return false;
    }
  });

describe('under a quota of storage', () => {
  const bounded = async (bytes: number) => {
    const owner = await gateway.account(newUuid());
    await rows('UPDATE accounts SET max_storage_bytes = $2 WHERE id = $1', [owner.id, bytes]);
    return owner;
  };

  test('of many uploads at once those that fit are taken, and nothing of the others stays', async () => {
    const owner = await bounded(30);
    const texts = Array.from({ length: 12 }, (_, n) => `ten bytes${String.fromCharCode(97 + n)}`);
    const answers = await Promise.all(texts.map((text) => upload(text, 'f', { key: owner.key })));
    const taken = texts.filter((_, n) => answers[n]?.status === 201);
    expect(taken).toHaveLength(3);
    for (const [n, { status, json }] of answers.entries()) {
      if (status !== 201) expect([status, json.code]).toEqual([409, 'storage_full']);
      expect(await isStored(texts[n] ?? '', owner)).toBe(status === 201);
    }
    expect(await rows('SELECT FROM artifacts WHERE account_id = $1', [owner.id])).toHaveLength(3);
  });

  test('bytes that are there already take no more room, and deleted ones make some', async () => {
    const owner = await bounded(10);
    const { json } = await upload('ten bytes1', 'f', { key: owner.key });
    const again = await upload('ten bytes1', 'g', { key: owner.key });
    expect(again.status).toBe(201);
    expect((await upload('x', 'h', { key: owner.key })).status).toBe(409);
    for (const id of [json.id, again.json.id]) expect((await remove(id, owner.key)).status).toBe(204);
    expect((await upload('x', 'h', { key: owner.key })).status).toBe(201);
  });
});

describe('an upload', () => {
  test('is an artifact of the account: listed, described, downloaded whole and in part, and announced', async () => {
    const wakes = gateway.wakes();
    const { status, headers, json } = await upload('{"a":1}\n', '%C3%BC.jsonl');
    expect(status).toBe(201);
    expect(headers.location).toBe(`${ARTIFACTS}/${String(json.id)}`);
    const meta = { filename: 'ü.jsonl', size_bytes: 8, sha256: shaOf('{"a":1}\n'), job_id: null, task_id: null };
    expect(json).toMatchObject(meta);
    expect((await get('?name=%C3%BC.jsonl')).json).toEqual({ artifacts: [json], next_cursor: null });
    expect((await get(`/${String(json.id)}/meta`)).json).toEqual(json);
    const whole = await get(`/${String(json.id)}`);
    expect([whole.text, whole.headers['content-disposition']]).toEqual([
      '{"a":1}\n',
      expect.stringContaining("filename*=UTF-8''%C3%BC.jsonl"),
    ]);
    const part = await get(`/${String(json.id)}`, { range: 'bytes=1-3' });
    expect([part.status, part.text]).toEqual([206, '"a"']);
    const [event] = await rows<{ body: [{ subject: string; data: object }] }>(
      `SELECT body FROM outbox WHERE type = 'artifact.created.v1'`,
    );
    expect(event?.body).toMatchObject([{ subject: json.id, data: { artifact_id: json.id, job_id: null } }]);
    expect(gateway.wakes()).toBe(wakes + 1);
  });

  test('of nothing is an empty artifact', async () => {
    const { json } = await upload('', 'empty');
    expect(json).toMatchObject({ size_bytes: 0 });
    expect((await get(`/${String(json.id)}`)).text).toBe('');
  });

  test('of bytes that the account has stores nothing again; of another account it does', async () => {
    const put = jest.spyOn(gateway.objects, 'put');
    const ids = [await upload('same', 'one'), await upload('same', 'two')].map(({ json }) => json.id);
    expect(new Set(ids).size).toBe(2);
    expect(put).toHaveBeenCalledTimes(1);
    await upload('same', 'three', { key: stranger.key });
    expect(put).toHaveBeenCalledTimes(2);
  });

  test('stores bytes again that are not there although an artifact says so', async () => {
    await upload('lost', 'one');
    await gateway.objects.delete(objectKeys.artifact(account.id, shaOf('lost')));
    expect((await upload('lost', 'two')).status).toBe(201);
    expect(await isStored('lost')).toBe(true);
  });

  test('waits until earlier bytes of the same content are gone', async () => {
    await rows('INSERT INTO orphaned_contents (account_id, sha256, removing_since) VALUES ($1, $2, now())', [
      account.id,
      shaOf('back again'),
    ]);
    const inserted = jest.spyOn(db.database, 'transaction');
    const answer = upload('back again', 'f');
    await waitUntil('a first refusal', async () => {
      const outcomes = await Promise.allSettled(inserted.mock.results.map(({ value }) => value as Promise<unknown>));
      return outcomes.some(({ status }) => status === 'rejected');
    });
    expect(await isStored('back again')).toBe(false);
    await rows('DELETE FROM orphaned_contents');
    expect((await answer).status).toBe(201);
    expect(await isStored('back again')).toBe(true);
  });

  test('with an Idempotency-Key is made once: the same again is answered as then, under another name refused', async () => {
    const headers = { 'idempotency-key': 'upload-1' };
    const first = await upload('once', 'name', { headers });
    const again = await upload('once', 'name', { headers });
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([201, first.text, 'true']);
    expect(again.headers.location).toBe(first.headers.location);
    expect(await rows('SELECT FROM artifacts')).toHaveLength(1);
    expect((await upload('once', 'other', { headers })).json).toMatchObject({ code: 'idempotency_key_reused' });
  });

  test('that died before its answer goes on under its id', async () => {
    const headers = { 'idempotency-key': 'upload-2' };
    const first = await upload('half', 'name', { headers });
    const uuid = decodeId('art', String(first.json.id));
    for (const published of ['published_at', 'NULL']) {
      await rows(`UPDATE artifacts SET published_at = ${published} WHERE id = $1`, [uuid]);
      await rows(`UPDATE idempotency_keys SET status = NULL, claimed_at = now() - interval '2 minutes'`);
      expect((await upload('half', 'name', { headers })).json).toEqual(first.json);
    }
    expect(await rows('SELECT FROM artifacts WHERE published_at IS NOT NULL')).toHaveLength(1);
  });
});

describe('nothing is left of an upload', () => {
  const nothing = async () => {
    expect(await rows('SELECT FROM artifacts')).toEqual([]);
    expect(await rows('SELECT FROM outbox')).toEqual([]);
  };

  test('whose connection breaks', async () => {
    const text = newUuid().repeat(30);
    const { hostname, port } = new URL(gateway.url);
    const sent = request({
      hostname,
      port,
      method: 'POST',
      path: ARTIFACTS,
      headers: {
        authorization: `Bearer ${account.key}`,
        'content-type': 'application/octet-stream',
        'x-artifact-filename': 'broken',
        'content-length': 1_000_000,
      },
    });
    sent.on('error', () => undefined);
    sent.write(text);
    await waitUntil('the bytes are being written', () => spoolsOf(text).length > 0);
    sent.destroy();
    await waitUntil('the file is gone', () => spoolsOf(text).length === 0);
    await nothing();
    expect(await isStored(text)).toBe(false);
  });

  test('whose bytes cannot be stored, as far as anybody can see', async () => {
    jest
      .spyOn(gateway.objects, 'put')
      .mockRejectedValueOnce(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
    expect((await upload('not stored', 'f')).json).toMatchObject({ status: 503, code: 'dependency_unavailable' });
    expect((await get('')).json).toMatchObject({ artifacts: [] });
    expect(await rows('SELECT FROM outbox')).toEqual([]);
    expect(await rows('SELECT FROM artifacts WHERE published_at IS NOT NULL')).toEqual([]);
    expect(spoolsOf('not stored')).toEqual([]);
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['that is a form', { 'content-type': 'multipart/form-data; boundary=x' }, 415, 'unsupported_media_type'],
    ['that is sent as JSON', { 'content-type': 'application/json' }, 415, 'unsupported_media_type'],
    ['that names a path', { 'x-artifact-filename': '../x' }, 400, 'malformed_request'],
  ])('%s', async (_name, headers, status, code) => {
    expect((await upload('{}', 'f', { headers })).json).toMatchObject({ status, code });
    await nothing();
  });
});

describe('a deleted artifact', () => {
  test('is found by nobody; its bytes are left to be removed', async () => {
    const { json } = await upload('to go', 'f');
    expect((await remove(json.id, stranger.key)).status).toBe(404);
    expect((await remove(json.id)).status).toBe(204);
    for (const path of ['', '/meta']) expect((await get(`/${String(json.id)}${path}`)).status).toBe(404);
    expect((await get('')).json).toMatchObject({ artifacts: [] });
    expect((await remove(json.id)).status).toBe(404);
    expect(await rows('SELECT sha256, removing_since FROM orphaned_contents')).toEqual([
      { sha256: shaOf('to go'), removing_since: null },
    ]);
  });

  test('leaves its twin as it is', async () => {
    const [one, two] = [await upload('shared', 'one'), await upload('shared', 'two')];
    await remove(one.json.id);
    expect((await get(`/${String(two.json.id)}`)).text).toBe('shared');
  });
});

test("another account's artifact is not found, by any route", async () => {
  const { json } = await upload('mine', 'f');
  for (const path of [`/${String(json.id)}`, `/${String(json.id)}/meta`]) {
    expect((await get(path, {}, stranger.key)).status).toBe(404);
  }
  expect((await get('', {}, stranger.key)).json).toEqual({ artifacts: [], next_cursor: null });
});
