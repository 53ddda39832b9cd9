import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeId } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let fixture: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };

beforeAll(async () => {
  fixture = await createTestDatabase();
  gateway = await startGateway(fixture.database);
  account = await gateway.account('keys', 'admin');
});
afterAll(async () => {
  await gateway.stop();
  await fixture.drop();
});

const call = (method: string, path: string, key: string, body?: object) =>
  gateway.call(method, `/api/v1/account${path}`, { key, ...(body ? { body } : {}) });
const makeKey = async (role: string) => {
  const { status, json } = await call('POST', '/keys', account.key, { role, name: `a ${role}` });
  expect(status).toBe(201);
  return json as { id: string; key: string };
};
const listed = async () => (await call('GET', '/keys', account.key)).json.keys as Record<string, unknown>[];

test('an admin makes a key of the account, sees it listed without the key, and revokes it at once', async () => {
  const made = await makeKey('member');
  expect((await call('GET', '', made.key)).status).toBe(200);
  const [row] = await listed();
  expect(row).toMatchObject({ id: made.id, name: 'a member', role: 'member', revoked_at: null });
  expect(JSON.stringify(await listed())).not.toContain('flk_');
  for (let n = 0; n < 2; n++) expect((await call('DELETE', `/keys/${made.id}`, account.key)).status).toBe(204);
  expect((await call('GET', '', made.key)).status).toBe(401);
  expect((await listed())[0]).toMatchObject({ id: made.id, revoked_at: expect.any(String) });
  const entries = await fixture.database.query<{ action: string }>(
    'SELECT action FROM audit_log WHERE target = $1 ORDER BY id',
    [made.id],
  );
  expect(entries.map(({ action }) => action)).toEqual(['key.created', 'key.revoked']);
});

test('nobody but an admin of the account', async () => {
  const member = await makeKey('member');
  const stranger = await gateway.account('stranger', 'admin');
  const revoke = (key: string) => call('DELETE', `/keys/${member.id}`, key);
  expect((await revoke(member.key)).status).toBe(403);
  expect((await call('POST', '/keys', member.key, { role: 'admin' })).status).toBe(403);
  expect((await call('GET', '/keys', member.key)).status).toBe(403);
  expect((await revoke(stranger.key)).status).toBe(404);
  expect((await call('GET', '', member.key)).status).toBe(200);
});

test('the use of a key is noted to a minute', async () => {
  const { id, key } = await makeKey('viewer');
  const used = async () => (await listed()).find((row) => row.id === id)?.last_used_at;
  expect(await used()).toBeNull();
  await call('GET', '', key);
  const first = await used();
  expect(first).toEqual(expect.any(String));
  const age = (interval: string) =>
    fixture.database.query(
      `UPDATE api_keys SET last_used_at = now() - $2::interval WHERE key_hash = sha256(convert_to($1, 'UTF8'))`,
      [key, interval],
    );
  for (const [interval, isNoted] of [
    ['30 seconds', false],
    ['2 minutes', true],
  ] as const) {
    await age(interval);
    const before = await used();
    const other = await startGateway(fixture.database);
    await other.call('GET', '/api/v1/account', { key });
    await other.stop();
    expect((await used()) !== before).toBe(isNoted);
  }
});

test('a new account begins with the default quotas, and keeps what it has when they change', async () => {
  await fixture.database.query('UPDATE accounts SET is_operator = true WHERE id = $1', [account.id]);
  const key = await gateway.keyOf(account.id, 'admin');
  const admin = (method: string, path: string, body?: object) =>
    gateway.call(method, `/api/v1/admin${path}`, { key, ...(body ? { body } : {}) });
  const quotas = { open_jobs: 3, queued_tasks: 10, running_tasks: null, storage_bytes: 1_000 };
  expect((await admin('PUT', '/quotas', quotas)).json).toEqual(quotas);
  const { json } = await admin('POST', '/accounts', { name: 'bounded' });
  expect((await admin('PUT', '/quotas', {})).json).toMatchObject({ open_jobs: null });
  const limits = (await admin('GET', `/accounts/${String(json.id)}`)).json.quotas as Record<string, { limit: unknown }>;
  expect(Object.fromEntries(Object.entries(limits).map(([name, { limit }]) => [name, limit]))).toEqual(quotas);
  const { json: page } = await admin('GET', '/accounts');
  expect((page.accounts as { id: string }[]).map(({ id }) => id)).toContain(encodeId('acc', account.id));
});
