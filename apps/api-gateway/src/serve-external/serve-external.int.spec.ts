import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get as httpGet, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeId, newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { seedProject } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

const TEXT = 'what lies elsewhere';
const BLOCK = Buffer.alloc(1024 * 1024, 'x');
const shaOf = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Everything that a source may do. */
const serve: RequestListener = (request, response) => {
  asked.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim());
  const size = TEXT.length;
  switch (request.url) {
    case '/plain':
      return void response.end(TEXT);
    case '/ranged': {
      const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? 'bytes=0-') ?? [];
      if (Number(from) >= size) return void response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
      const until = to === '' ? size - 1 : Number(to);
      if (request.headers.range === undefined) return void response.setHeader('accept-ranges', 'bytes').end(TEXT);
      response.writeHead(206, { 'content-range': `bytes ${from}-${until}/${size}` });
      return void response.end(TEXT.slice(Number(from), until + 1));
    }
    case '/moved':
      return void response.writeHead(302, { location: '/plain' }).end();
    case '/large':
      response.setHeader('content-length', 8 * BLOCK.length);
      for (let n = 0; n < 8; n++) response.write(BLOCK);
      return void response.end();
    case '/torn':
      response.setHeader('content-length', 2 * BLOCK.length);
      return void response.write(BLOCK, () => response.destroy());
    case '/endless': {
      const more = (): void => void (response.destroyed || response.write(BLOCK, more));
      response.on('close', () => ended.push('/endless'));
      return more();
    }
    case '/stuck':
      return void response.write(BLOCK);
    case '/silent':
      return;
    default:
      return void response.writeHead(404).end('no such file');
  }
};
const asked: string[] = [];
const ended: string[] = [];

/** What `rebound.test` resolves to, a list for each time that it is asked; the last goes on. */
let answers: string[][] = [];
let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };
let stranger: { id: string; key: string };
let source: Server;
/** At an address that is refused, on the same port. */
let inner: Server;
const reachedInside: string[] = [];
let port: number;
beforeAll(async () => {
  source = createServer(serve).listen(0, '127.0.0.1');
  await once(source, 'listening');
  ({ port } = source.address() as AddressInfo);
  inner = createServer((request, response) => {
    reachedInside.push(String(request.url));
    response.end('inside');
  }).listen(port, '127.0.0.2');
  await once(inner, 'listening');
  db = await createTestDatabase();
  gateway = await startGateway(db.database, {
    externalSources: {
      addresses: {
        isRefused: (address) => address === '127.0.0.2',
        resolve: (_host, _options, callback) => {
          const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
          callback(
            null,
            addresses.map((address) => ({ address, family: 4 })),
          );
        },
      },
      answerMs: 3_000,
      idleMs: 3_000,
      totalMs: 60_000,
    },
  });
  account = await gateway.account('linkers');
  stranger = await gateway.account('strangers');
  await seedProject(db.database, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  for (const server of [source, inner]) server?.closeAllConnections();
  for (const server of [source, inner]) server?.close();
  await db?.drop();
});
beforeEach(async () => {
  await db.database.query('TRUNCATE artifacts, uploads, orphaned_contents, outbox');
  for (const list of [asked, ended, reachedInside]) list.length = 0;
  answers = [['127.0.0.1']];
});

const ARTIFACTS = '/api/v1/artifacts';
const urlOf = (path: string, host = '127.0.0.1') => `http://${host}:${port}${path}`;
const link = (body: object, { key = account.key, headers = {} } = {}) =>
  gateway.call('POST', `${ARTIFACTS}/external`, { key, headers, body: { filename: 'f.bin', ...body } });
async function linked(path: string, more: object = {}, host?: string): Promise<string> {
  return String((await link({ url: urlOf(path, host), ...more })).json.id);
}
const get = (id: string, headers: Record<string, string> = {}, key = account.key) =>
  gateway.call('GET', `${ARTIFACTS}/${id}`, { key, headers });

/** How many bytes of an answer arrive, and whether it says that they are all. */
async function received(id: string): Promise<{ status: number | undefined; bytes: number; isWhole: boolean }> {
  const request = httpGet(`${gateway.url}${ARTIFACTS}/${id}`, { headers: { authorization: `Bearer ${account.key}` } });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('error', () => undefined);
  await new Promise((resolve) => answer.on('close', resolve));
  return { status: answer.statusCode, bytes, isWhole: answer.complete };
}

describe('a file that lies elsewhere', () => {
  test('is an artifact at once, told of, not read and not counted; it is listed, downloaded and deleted', async () => {
    await db.database.query('UPDATE accounts SET max_storage_bytes = 0 WHERE id = $1', [account.id]);
    const { status, json, headers } = await link({ url: urlOf('/plain'), filename: 'a.txt' });
    await db.database.query('UPDATE accounts SET max_storage_bytes = NULL WHERE id = $1', [account.id]);
    const id = String(json.id);
    const facts = { id, filename: 'a.txt', url: urlOf('/plain'), size_bytes: null, sha256: null, job_id: null };
    expect([status, headers.location, json]).toMatchObject([201, `${ARTIFACTS}/${id}`, facts]);
    expect(asked).toEqual([]);
    const [told] = await db.database.query<{ body: { type: string; data: object }[] }>('SELECT body FROM outbox');
    expect(told?.body).toMatchObject([{ type: 'artifact.created.v1', data: { artifact_id: id, size_bytes: null } }]);
    const list = await gateway.call('GET', ARTIFACTS, { key: account.key });
    expect(list.json.artifacts).toMatchObject([facts]);
    const got = await get(id);
    expect([got.status, got.text, got.headers.etag]).toEqual([200, TEXT, undefined]);
    expect(got.headers['content-disposition']).toContain('a.txt');
    expect((await gateway.call('HEAD', `${ARTIFACTS}/${id}`, { key: account.key })).status).toBe(200);
    const remove = (key: string) => gateway.call('DELETE', `${ARTIFACTS}/${id}`, { key });
    expect([(await remove(stranger.key)).status, (await remove(account.key)).status]).toEqual([404, 204]);
    expect((await get(id)).status).toBe(404);
    expect(await db.database.query('SELECT FROM orphaned_contents')).toEqual([]);
  });

  test("is nobody else's", async () => {
    const id = await linked('/plain');
    expect((await get(id, {}, stranger.key)).status).toBe(404);
    expect(asked).toEqual([]);
  });

  test('is made once for an Idempotency-Key, also when its first run died', async () => {
    const headers = { 'idempotency-key': 'link-1' };
    const first = await link({ url: urlOf('/plain') }, { headers });
    await db.database.query(`UPDATE idempotency_keys SET status = NULL, claimed_at = now() - interval '2 minutes'`);
    expect((await link({ url: urlOf('/plain') }, { headers })).json).toEqual(first.json);
    expect(await db.database.query('SELECT FROM outbox')).toHaveLength(1);
  });

  test.each([
    ['/url', { url: 'ftp://example.com/a' }],
    ['/url', { url: 'http://127.0.0.2/a' }],
    ['/url', { url: `http://example.com/${'a'.repeat(2_048)}` }],
    ['/url', { url: 7 }],
    ['/sha256', { url: 'http://example.com/', sha256: 'ABC' }],
    ['/filename', { url: 'http://example.com/', filename: '../x' }],
    ['/ulr', { url: 'http://example.com/', ulr: 1 }],
  ])('whose %s is wrong is refused', async (pointer, wrong) => {
    expect((await link(wrong)).json).toMatchObject({ status: 422, errors: [{ pointer }] });
    expect(await db.database.query('SELECT FROM artifacts')).toEqual([]);
  });

  test('cannot be the items of a job', async () => {
    const body = { project: 'p', runner_command: ['x'], fan_out: { items_artifact: await linked('/plain') } };
    const { json } = await gateway.call('POST', '/api/v1/jobs', { key: account.key, body });
    expect(json).toMatchObject({ code: 'invalid_items', errors: [{ pointer: '/fan_out/items_artifact' }] });
  });
});

describe('a download', () => {
  test('of a range gets it from a source that gives ranges, the whole from another, 416 outside', async () => {
    const ranged = await linked('/ranged');
    const part = await get(ranged, { range: 'bytes=5-8' });
    expect([part.status, part.text, part.headers['content-range']]).toEqual([206, 'lies', `bytes 5-8/${TEXT.length}`]);
    const outside = await get(ranged, { range: 'bytes=99-' });
    expect(outside.json.code).toBe('range_not_satisfiable');
    expect(outside.headers['content-range']).toBe(`bytes */${TEXT.length}`);
    const whole = await get(await linked('/plain'), { range: 'bytes=5-8' });
    expect([whole.status, whole.text]).toEqual([200, TEXT]);
    await get(ranged, { range: 'lines=1-2' });
    expect(asked.at(-1)).toBe('GET /ranged');
  });

  test('of announced bytes gives them, with their hash', async () => {
    const got = await get(await linked('/plain', { sha256: shaOf(TEXT) }));
    expect([got.text, got.headers.etag]).toEqual([TEXT, `"${shaOf(TEXT)}"`]);
    const all = Buffer.concat(Array.from({ length: 8 }, () => BLOCK));
    expect(await received(await linked('/large', { sha256: shaOf(all) }))).toEqual({
      status: 200,
      bytes: all.length,
      isWhole: true,
    });
  });

  test('of other bytes than the announced ones is named, or breaks off before its end', async () => {
    const small = await get(await linked('/plain', { sha256: shaOf('other') }));
    expect([small.json.code, small.headers.etag]).toEqual(['external_mismatch', undefined]);
    const large = await received(await linked('/large', { sha256: shaOf('other') }));
    expect(large).toMatchObject({ status: 200, isWhole: false });
    expect(large.bytes).toBeLessThan(8 * BLOCK.length);
  });

  test('breaks off with its source', async () => {
    for (const path of ['/torn', '/stuck'])
      expect(await received(await linked(path))).toMatchObject({ isWhole: false });
  });

  test.each([
    ['/nothing', /answered 404/],
    ['/moved', /302, and redirects are not followed/],
    ['/silent', /did not answer within 3 s/],
  ])('of %s says what its source did', async (path, detail) => {
    const { status, headers, json } = await get(await linked(path));
    expect([status, json.code, headers['retry-after']]).toEqual([503, 'external_unavailable', '5']);
    expect(json.detail).toMatch(detail);
    expect(asked).toHaveLength(1);
  });

  test('whose reader goes away lets its source go', async () => {
    const id = await linked('/endless');
    const request = httpGet(`${gateway.url}${ARTIFACTS}/${id}`, {
      headers: { authorization: `Bearer ${account.key}` },
    });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    await once(answer, 'data');
    const goes = new Promise<void>((resolve) => {
      const look = (): void => void (ended.includes('/endless') ? resolve() : setImmediate(look));
      look();
    });
    answer.destroy();
    await goes;
  });

  test('connects to no address but those that were checked, every time anew', async () => {
    const id = await linked('/plain', {}, 'rebound.test');
    answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1', '127.0.0.2'], ['127.0.0.1']];
    expect((await get(id)).text).toBe(TEXT);
    for (let n = 0; n < 2; n++) expect((await get(id)).json).toMatchObject({ status: 422, code: 'external_refused' });
    expect((await get(id)).text).toBe(TEXT);
    expect([asked.length, reachedInside]).toEqual([2, []]);
  });

  test('of an address that was allowed once is refused', async () => {
    const id = newUuid();
    await db.database.query(
      `INSERT INTO artifacts (id, account_id, filename, external_url, published_at) VALUES ($1, $2, 'f', $3, now())`,
      [id, account.id, urlOf('/plain', '127.0.0.2')],
    );
    expect((await get(encodeId('art', id))).json).toMatchObject({ code: 'external_refused' });
    expect(reachedInside).toEqual([]);
  });
});
