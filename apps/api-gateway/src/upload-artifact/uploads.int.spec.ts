import { createHash } from 'node:crypto';
import { decodeId, newUuid } from '@computalot/kernel';
import { objectKeys } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
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
beforeEach(() => db.database.query('TRUNCATE artifacts, uploads, orphaned_contents, outbox'));

const ARTIFACTS = '/api/v1/artifacts';
const shaOf = (text: string) => createHash('sha256').update(text).digest('hex');
const fileOf = (text: string) => ({ sha256: shaOf(text), size: Buffer.byteLength(text), filename: 'f.bin' });
const post = (path: string, body?: object, { key = account.key, headers = {} } = {}) =>
  gateway.call('POST', `${ARTIFACTS}${path}`, { key, headers, ...(body ? { body } : {}) });
const get = (path: string, key = account.key) => gateway.call('GET', `${ARTIFACTS}${path}`, { key });
const put = async (url: unknown, body: string) => (await fetch(String(url), { method: 'PUT', body })).status;
const complete = (id: unknown, key = account.key) => post(`/${String(id)}/complete`, undefined, { key });
const count = async (sql: string) => (await db.database.query(sql)).length;

describe('a direct upload', () => {
  test('is an artifact when it is complete, and nothing before; what is sent to its URL later changes nothing', async () => {
    const { status, json } = await post('/direct', fileOf('the bytes'));
    expect([status, json.status]).toEqual([201, 'open']);
    expect((await complete(json.id)).json).toMatchObject({ status: 409, code: 'upload_incomplete' });
    expect(await put(json.upload_url, 'the bytes')).toBe(200);
    expect((await get(`/${String(json.id)}`)).status).toBe(404);
    const artifact = { id: json.id, filename: 'f.bin', size_bytes: 9, sha256: shaOf('the bytes'), job_id: null };
    expect((await complete(json.id)).json).toMatchObject(artifact);
    expect(await put(json.upload_url, 'other ones')).toBe(200);
    expect((await complete(json.id)).json).toMatchObject(artifact);
    expect((await get(`/${String(json.id)}`)).text).toBe('the bytes');
    expect(await count(`SELECT FROM outbox WHERE type = 'artifact.created.v1'`)).toBe(1);
  });

  test('of other bytes is refused, leaves nothing, and makes room again', async () => {
    const { json } = await post('/direct', fileOf('the bytes'));
    await put(json.upload_url, 'THE BYTES');
    for (let n = 0; n < 2; n++)
      expect((await complete(json.id)).json).toMatchObject({ status: 422, code: 'upload_mismatch' });
    expect((await get(`/${String(json.id)}/upload`)).json).toMatchObject({ status: 'refused' });
    expect([await count('SELECT FROM artifacts'), await count('SELECT FROM outbox')]).toEqual([0, 0]);
    expect(
      await gateway.objects.head(objectKeys.arrival(account.id, decodeId('art', String(json.id)) ?? '')),
    ).toBeNull();
  });

  test('of bytes that the account has is published at once; of another account it is sent', async () => {
    const first = await post('/direct', fileOf('same'));
    await put(first.json.upload_url, 'same');
    await complete(first.json.id);
    const again = await post('/direct', fileOf('same'));
    expect(again.json).toMatchObject({ status: 'published', upload_url: null });
    expect((await complete(again.json.id)).status).toBe(200);
    expect((await post('/multipart', fileOf('same'))).json).toMatchObject({ status: 'published' });
    expect((await post('/direct', fileOf('same'), { key: stranger.key })).json).toMatchObject({ status: 'open' });
  });

  test('is counted by the quota before anything is sent', async () => {
    const owner = await gateway.account(newUuid());
    await db.database.query('UPDATE accounts SET max_storage_bytes = 10 WHERE id = $1', [owner.id]);
    expect((await post('/direct', fileOf('ten bytes.'), { key: owner.key })).status).toBe(201);
    expect((await post('/direct', fileOf('x'), { key: owner.key })).json).toMatchObject({ code: 'storage_full' });
  });

  test("is nobody else's", async () => {
    const { json } = await post('/direct', fileOf('mine'));
    for (const answer of [await complete(json.id, stranger.key), await get(`/${String(json.id)}/upload`, stranger.key)])
      expect(answer.status).toBe(404);
  });

  test.each([
    ['/sha256', { sha256: 'ABC' }],
    ['/size', { size: 5_000_000_001 }],
    ['/size', { size: -1 }],
    ['/filename', { filename: '../x' }],
    ['/siez', { siez: 1 }],
  ])('whose %s is wrong is refused', async (pointer, wrong) => {
    const { json } = await post('/direct', { ...fileOf('x'), ...wrong });
    expect(json).toMatchObject({ status: 422, errors: [{ pointer }] });
    expect(await count('SELECT FROM artifacts')).toBe(0);
  });
});

describe('an upload in parts', () => {
  test('names the parts that are missing, takes them in any order, and is an artifact', async () => {
    const { json } = await post('/multipart', fileOf('part'));
    const id = String(json.id);
    expect(json).toMatchObject({ status: 'open', part_count: 1, parts: [] });
    const missing = await complete(id);
    expect(missing.json).toMatchObject({ code: 'upload_incomplete', detail: '1 of 1 parts are missing: 1.' });
    const signed = await post(`/${id}/parts`, { part_numbers: [1] });
    const [{ upload_url }] = signed.json.parts as [{ upload_url: string }];
    expect(await put(upload_url, 'part')).toBe(200);
    expect((await get(`/${id}/upload`)).json).toMatchObject({ parts: [{ part_number: 1, size_bytes: 4 }] });
    expect((await complete(id)).status).toBe(200);
    expect((await get(`/${id}`)).text).toBe('part');
  });

  test('that is given up is gone with its parts', async () => {
    const { json } = await post('/multipart', fileOf('gone'));
    const id = String(json.id);
    const [upload] = await db.database.query<{ multipart_id: string }>('SELECT multipart_id FROM uploads');
    const remove = (key: string) => gateway.call('DELETE', `${ARTIFACTS}/${id}/upload`, { key });
    expect([(await remove(stranger.key)).status, (await remove(account.key)).status]).toEqual([404, 204]);
    expect((await complete(id)).status).toBe(404);
    const key = objectKeys.arrival(account.id, decodeId('art', id) ?? '');
    expect(await gateway.objects.listParts(key, upload?.multipart_id ?? '')).toBeNull();
  });

  test('is begun once for an Idempotency-Key, also when its first run died', async () => {
    const headers = { 'idempotency-key': 'parts-1' };
    const first = await post('/multipart', fileOf('once'), { headers });
    await db.database.query(`UPDATE idempotency_keys SET status = NULL, claimed_at = now() - interval '2 minutes'`);
    expect((await post('/multipart', fileOf('once'), { headers })).json).toEqual(first.json);
    expect(await count('SELECT FROM uploads')).toBe(1);
  });
});
