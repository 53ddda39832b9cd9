import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { startGateway, type Answer, type Gateway } from '../testing/start-gateway.js';

let fixture: TestDatabase;
let gateway: Gateway;
let owner: { id: string; key: string };
let project: string;
let projects = 0;

beforeAll(async () => {
  fixture = await createTestDatabase();
  gateway = await startGateway(fixture.database);
  owner = await gateway.account('owner');
});
afterAll(async () => {
  await gateway.stop();
  await fixture.drop();
});
beforeEach(async () => {
  project = `project-${projects++}`;
  await gateway.call('POST', '/api/v1/projects', { key: owner.key, body: { name: project } });
});

const kv = (method: string, key: string, raw?: string, headers: Record<string, string> = {}, as = owner.key) =>
  gateway.call(method, `/api/v1/projects/${project}/kv${key === '' ? '' : `/${encodeURIComponent(key)}`}`, {
    key: as,
    headers,
    ...(raw === undefined ? {} : { raw }),
  });
const put = (key: string, raw: string, headers: Record<string, string> = {}) => kv('PUT', key, raw, headers);
const tagOf = ({ headers }: Answer) => String(headers.etag);
const ifMatch = (...tags: string[]) => ({ 'if-match': tags.join(', ') });
const keyCount = async () =>
  (await fixture.database.query<{ kv_keys: number }>('SELECT kv_keys FROM projects WHERE name = $1', [project]))[0]
    ?.kv_keys;

describe('a value', () => {
  test.each(['{"b": 1, "a": [1.50]}', '[1]', '"text"', '12345678901234567890', 'true', 'null'])(
    '%s comes back as it was sent, with its version as ETag',
    async (text) => {
      const stored = await put('exp/1:best', text);
      expect(stored.status).toBe(201);
      expect(stored.json).toMatchObject({ key: 'exp/1:best', size_bytes: text.length });
      expect(tagOf(stored)).toBe(`"${String(stored.json.version)}"`);
      const read = await kv('GET', 'exp/1:best');
      expect([read.status, read.text, tagOf(read)]).toEqual([200, text, tagOf(stored)]);
    },
  );

  test('that is deleted is gone, and put again has another version', async () => {
    const first = await put('k', '1');
    expect((await kv('DELETE', 'k')).status).toBe(204);
    expect([(await kv('GET', 'k')).status, (await kv('DELETE', 'k')).status, await keyCount()]).toEqual([404, 404, 0]);
    const again = await put('k', '1');
    expect(tagOf(again)).not.toBe(tagOf(first));
    expect((await put('k', '2', ifMatch(tagOf(first)))).status).toBe(412);
  });

  test.each([
    ['"a\\u0000b"', 422, 'validation_failed'],
    ['{"__proto__": 1}', 422, 'validation_failed'],
    [`${'['.repeat(101)}${']'.repeat(101)}`, 422, 'validation_failed'],
    [`"${'x'.repeat(65_535)}"`, 413, 'kv_value_too_large'],
    ['nope', 400, 'malformed_json'],
    ['', 400, 'malformed_json'],
  ])('%.20s is refused, and the old one stays', async (text, status, code) => {
    await put('k', '"old"');
    expect(await put('k', text)).toMatchObject({ status, json: { code } });
    expect((await kv('GET', 'k')).text).toBe('"old"');
  });

  test('of 64 KiB is taken', async () => {
    expect((await put('k', `"${'x'.repeat(65_534)}"`)).status).toBe(201);
  });

  test.each(['.', '..', '-k', 'a b', 'ü', 'x'.repeat(101)])('has no key %j', async (key) => {
    const path = `/api/v1/projects/${project}/kv/${key.startsWith('.') ? `%2E${key.slice(1)}x` : encodeURIComponent(key)}`;
    const refused = await gateway.call('PUT', path, { key: owner.key, raw: '1' });
    expect(refused).toMatchObject({ status: 422, json: { code: 'validation_failed' } });
    expect(await keyCount()).toBe(0);
  });

  test('may have a key of 100 characters that all have to be encoded', async () => {
    const key = `k${'/'.repeat(99)}`;
    await put(key, '1');
    expect((await kv('GET', key)).text).toBe('1');
  });
});

describe('conditions', () => {
  test('If-Match replaces and deletes only what is at one of the versions', async () => {
    const first = tagOf(await put('k', '1'));
    const second = await put('k', '2', ifMatch('"7"', first));
    expect(second.status).toBe(200);
    for (const stale of [first, '"7"', '"no-version"', `W/${tagOf(second)}`]) {
      expect((await put('k', '3', ifMatch(stale))).json.code).toBe('precondition_failed');
      expect((await kv('DELETE', 'k', undefined, ifMatch(stale))).status).toBe(412);
    }
    expect((await kv('GET', 'k')).text).toBe('2');
    expect((await kv('DELETE', 'k', undefined, ifMatch(tagOf(second)))).status).toBe(204);
  });

  test('If-Match: * needs one that exists, If-None-Match: * one that does not', async () => {
    expect((await put('k', '1', ifMatch('*'))).status).toBe(412);
    expect((await put('k', '1', { 'if-none-match': '*' })).status).toBe(201);
    expect((await put('k', '2', { 'if-none-match': '*' })).status).toBe(412);
    expect((await put('k', '3', ifMatch('*'))).status).toBe(200);
    expect(await keyCount()).toBe(1);
  });

  test.each<Record<string, string>>([
    { 'if-match': '7' },
    { 'if-none-match': '"7"' },
    { 'if-match': '*', 'if-none-match': '*' },
  ])('%j says nothing', async (headers) => {
    expect((await put('k', '1', headers)).json.code).toBe('malformed_request');
  });

  test('many that increment by compare-and-set at once lose nothing', async () => {
    await put('n', '0');
    const increment = async (): Promise<void> => {
      const { text, ...read } = await kv('GET', 'n');
      const written = await put('n', String(Number(text) + 1), ifMatch(tagOf({ text, ...read })));
      if (written.status === 412) return increment();
      expect(written.status).toBe(200);
    };
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let i = 0; i < 5; i++) await increment();
      }),
    );
    expect((await kv('GET', 'n')).text).toBe('50');
  });

  test('of many that create one, one does', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => put('one', String(i), { 'if-none-match': '*' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 412)]);
    expect((await kv('GET', 'one')).text).toBe(String(answers.findIndex(({ status }) => status === 201)));
    expect(await keyCount()).toBe(1);
  });
});

describe('keys', () => {
  test('are listed by prefix, in pages', async () => {
    for (const key of ['a', 'b/2', 'b/10', 'b', 'c']) await put(key, '1');
    const keysOf = ({ json }: Answer) => (json.keys as { key: string }[]).map(({ key }) => key);
    const list = (query: string) => gateway.call('GET', `/api/v1/projects/${project}/kv?${query}`, { key: owner.key });
    expect(keysOf(await list(''))).toEqual(['a', 'b', 'b/10', 'b/2', 'c']);
    const first = await list('prefix=b/&limit=1');
    expect(keysOf(first)).toEqual(['b/10']);
    const rest = await list(`prefix=b/&cursor=${String(first.json.next_cursor)}`);
    expect([keysOf(rest), rest.json.next_cursor]).toEqual([['b/2'], null]);
  });

  test('are bounded, however many come at once; one that exists can still be replaced', async () => {
    await put('here', '1');
    await fixture.database.query('UPDATE projects SET kv_keys = 9998 WHERE name = $1', [project]);
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((key) => put(key, '1')));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409]);
    expect((await put('here', '2')).status).toBe(200);
    await kv('DELETE', 'here');
    expect((await put('e', '1')).status).toBe(201);
  });

  test('belong to the project: viewers read them, others see nothing, and they go with it', async () => {
    await put('k', '1');
    const viewer = await gateway.keyOf(owner.id, 'viewer');
    expect((await kv('GET', 'k', undefined, {}, viewer)).text).toBe('1');
    for (const method of ['PUT', 'DELETE']) expect((await kv(method, 'k', '{}', {}, viewer)).status).toBe(403);
    const { key: stranger } = await gateway.account(`stranger-of-${project}`);
    for (const [method, at] of [
      ['GET', 'k'],
      ['GET', ''],
      ['PUT', 'k'],
      ['DELETE', 'k'],
    ] as const)
      expect((await kv(method, at, method === 'PUT' ? '2' : undefined, {}, stranger)).status).toBe(404);
    await gateway.call('DELETE', `/api/v1/projects/${project}`, { key: owner.key });
    expect((await kv('GET', 'k')).status).toBe(404);
    expect(
      await fixture.database.query(
        'SELECT FROM kv_entries e LEFT JOIN projects p ON p.id = e.project_id WHERE p.id IS NULL',
      ),
    ).toEqual([]);
  });
});
