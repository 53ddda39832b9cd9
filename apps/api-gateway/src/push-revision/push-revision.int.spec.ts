import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { objectKeys } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { create, Header } from 'tar';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };
let folder: string;

beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('pushers');
  await gateway.call('POST', '/api/v1/projects', { key: account.key, body: { name: 'p' } });
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'push-spec-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function archiveOf(files: Record<string, string>): Promise<Buffer> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return buffer(create({ gzip: true, cwd: folder, portable: true }, ['.']));
}

/** A tar.gz of one hand-made header, as no honest tool would write it. */
function crafted(fields: Partial<Header>, size = 0): Buffer {
  const header = new Header({ mode: 0o644, size, type: 'File', mtime: new Date(0), ...fields } as never);
  const block = Buffer.alloc(512);
  header.encode(block, 0);
  return gzipSync(Buffer.concat([block, Buffer.alloc(Math.ceil(size / 512) * 512), Buffer.alloc(1024)]));
}

const push = (raw: Buffer, name = 'p', type = 'application/gzip') =>
  gateway.call('POST', `/api/v1/projects/${name}/push`, { key: account.key, raw, headers: { 'content-type': type } });

describe('a push', () => {
  test('is stored by its content, becomes the active revision and is announced; again it changes nothing', async () => {
    const archive = await archiveOf({
      'computalot.project.json': '{"version":1,"entrypoint":{"command":["python3","run.py"]}}',
      'run.py': 'print(1)',
    });
    const hash = createHash('sha256').update(archive).digest('hex');
    for (const type of ['application/gzip', 'application/x-www-form-urlencoded']) {
      const answer = await push(archive, 'p', type);
      expect(answer.json).toMatchObject({ id: hash, project: 'p', size_bytes: archive.length, active: true });
      expect(answer.status).toBe(201);
    }
    const stored = await gateway.objects.get(objectKeys.revision(account.id, hash));
    expect(
      stored &&
        createHash('sha256')
          .update(await buffer(stored))
          .digest('hex'),
    ).toBe(hash);
    const project = await gateway.call('GET', '/api/v1/projects/p', { key: account.key });
    expect(project.json).toMatchObject({ name: 'p', active_revision: hash });
    const revisions = await gateway.call('GET', '/api/v1/projects/p/revisions', { key: account.key });
    expect(revisions.json.revisions).toHaveLength(1);
    const status = await gateway.call('GET', '/api/v1/projects/p/status', { key: account.key });
    expect(status.json).toMatchObject({ can_accept_new_jobs: true, ready_for_jobs: true });
    const events = await db.database.query<{ body: [{ data: object }] }>(
      `SELECT body FROM outbox WHERE type = 'project.revision_published.v1'`,
    );
    expect(events[0]?.body[0].data).toMatchObject({ project: 'p', revision: hash });
    const job = await gateway.call('POST', '/api/v1/jobs', { key: account.key, body: { project: 'p' } });
    expect(job.json).toMatchObject({ revision: hash, status: 'planning' });
    const busy = await gateway.call('DELETE', '/api/v1/projects/p', { key: account.key });
    expect(busy.json).toMatchObject({ status: 409, code: 'project_in_use' });
  });

  test('without a manifest is fine, a link inside too', async () => {
    await symlink('a', join(folder, 'b'));
    expect((await push(await archiveOf({ a: 'x' }))).status).toBe(201);
  });
});

describe('a refused push', () => {
  test.each<[string, () => Buffer | Promise<Buffer>, number, string]>([
    ['no gzip', () => Buffer.from('hello'), 422, 'invalid_archive'],
    ['nothing', () => Buffer.alloc(0), 422, 'invalid_archive'],
    ['gzip of no tar', () => gzipSync(Buffer.alloc(2048, 'x')), 422, 'invalid_archive'],
    [
      'a cut archive',
      async () => (await archiveOf({ a: 'x'.repeat(100_000) })).subarray(0, 60),
      422,
      'invalid_archive',
    ],
    ['an absolute path', () => crafted({ path: '/etc/passwd' }), 422, 'unsafe_archive'],
    ['a path out', () => crafted({ path: '../../x' }), 422, 'unsafe_archive'],
    ['a link out', () => crafted({ path: 'l', type: 'SymbolicLink', linkpath: '../../etc' }), 422, 'unsafe_archive'],
    ['a device', () => crafted({ path: 'd', type: 'CharacterDevice' }), 422, 'unsafe_archive'],
    ['a bomb', () => crafted({ path: 'b', size: 3_000_000_000 } as Partial<Header>), 422, 'unsafe_archive'],
    ['a broken manifest', () => archiveOf({ 'computalot.project.json': '{' }), 422, 'invalid_manifest'],
    [
      'a wrong command',
      () => archiveOf({ 'computalot.project.json': '{"entrypoint":{"command":"sh"}}' }),
      422,
      'invalid_manifest',
    ],
  ])('%s', async (_name, make, status, code) => {
    const answer = await push(await make());
    expect(answer.json).toMatchObject({ status, code });
  });

  test('a manifest that does not fit says where and what to do, and nothing is stored', async () => {
    const answer = await push(
      await archiveOf({
        'computalot.project.json': '{\n  "version": 1,\n  "runtime": {\n    "init": {"command": [["pip"]]}\n  }\n}',
      }),
    );
    expect(answer.json).toMatchObject({
      status: 422,
      code: 'invalid_manifest',
      errors: [
        { pointer: '/runtime/init/command', detail: 'line 4, column 14: unknown field; did you mean commands?' },
      ],
    });
  });

  test('a form is 415, an unknown project 404', async () => {
    expect((await push(Buffer.from('x'), 'p', 'multipart/form-data; boundary=x')).json).toMatchObject({ status: 415 });
    expect((await push(Buffer.from('x'), 'nope')).json).toMatchObject({ status: 404, code: 'not_found' });
    expect((await gateway.call('GET', '/api/v1/projects/%00', { key: account.key })).json).toMatchObject({
      status: 404,
    });
  });
});

describe('projects', () => {
  test('a name can be taken once, must be a name, and is free again after a delete', async () => {
    const create = (body: unknown) => gateway.call('POST', '/api/v1/projects', { key: account.key, body });
    expect((await create({ name: 'q' })).status).toBe(201);
    expect((await create({ name: 'q' })).json).toMatchObject({ status: 409, code: 'project_exists' });
    for (const body of [{}, { name: 'Q' }, { name: '../x' }, { name: 7 }, { name: 'ok', nam: 1 }]) {
      expect((await create(body)).json).toMatchObject({ status: 422, code: 'validation_failed' });
    }
    expect((await gateway.call('DELETE', '/api/v1/projects/q', { key: account.key })).status).toBe(204);
    expect((await gateway.call('DELETE', '/api/v1/projects/q', { key: account.key })).status).toBe(404);
    expect((await create({ name: 'q' })).status).toBe(201);
  });
});

test('a push with an Idempotency-Key is made once: the same again is answered as then, another archive is refused', async () => {
  const headers = { 'content-type': 'application/gzip', 'idempotency-key': 'push-1' };
  const send = (raw: Buffer) => gateway.call('POST', '/api/v1/projects/p/push', { key: account.key, raw, headers });
  const [one, two] = [await archiveOf({ 'a.py': '1' }), await archiveOf({ 'a.py': '2' })];
  const first = await send(one);
  expect(first.status).toBe(201);
  const newer = await push(two);
  const again = await send(one);
  expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([201, first.text, 'true']);
  const active = await gateway.call('GET', '/api/v1/projects/p', { key: account.key });
  expect(active.json.active_revision).toBe(newer.json.id);
  expect((await send(two)).json).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  const noKey = await gateway.call('POST', '/api/v1/projects/p/push', {
    key: account.key,
    raw: one,
    headers: { ...headers, 'idempotency-key': 'two words' },
  });
  expect(noKey.json).toMatchObject({ status: 400, code: 'malformed_request' });
});

test('a push of new code needs room under the quota of storage; code that is there already needs none', async () => {
  const bounded = await gateway.account('bounded');
  await gateway.call('POST', '/api/v1/projects', { key: bounded.key, body: { name: 'p' } });
  const pushes = (raw: Buffer) =>
    gateway.call('POST', '/api/v1/projects/p/push', {
      key: bounded.key,
      raw,
      headers: { 'content-type': 'application/gzip' },
    });
  const [first, second] = [await archiveOf({ 'run.py': 'print(1)' }), await archiveOf({ 'run.py': 'print(22)' })];
  await db.database.query('UPDATE accounts SET max_storage_bytes = $2 WHERE id = $1', [bounded.id, first.length]);
  expect((await pushes(first)).status).toBe(201);
  const hash = createHash('sha256').update(second).digest('hex');
  expect(await pushes(second)).toMatchObject({ status: 409, json: { code: 'storage_full' } });
  expect(await gateway.objects.head(objectKeys.revision(bounded.id, hash))).toBeNull();
  expect((await pushes(first)).status).toBe(201);
});
