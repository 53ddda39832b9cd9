import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { audited, listAuditEntries, revokeKeyIfLive } from '@computalot/database';
import { encodeId, newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { startGateway, type Gateway } from '../testing/start-gateway.js';
import { ForgetAuditLoop } from './forget-audit.loop.js';

const DAY_S = 24 * 3600;

let fixture: TestDatabase;
let gateway: Gateway;
let operator: { id: string; key: string };
let tenant: { id: string; key: string };

beforeAll(async () => {
  fixture = await createTestDatabase();
  gateway = await startGateway(fixture.database, { auditTtlS: DAY_S });
  operator = await gateway.account('operator', 'admin');
  tenant = await gateway.account('tenant', 'admin');
  await fixture.database.query('UPDATE accounts SET is_operator = true WHERE id = $1', [operator.id]);
});
afterAll(async () => {
  await gateway.stop();
  await fixture.drop();
});

const entries = async (query = '') => {
  const { status, json } = await gateway.call('GET', `/api/v1/admin/audit${query}`, { key: operator.key });
  expect(status).toBe(200);
  return json as { entries: Record<string, unknown>[]; next_cursor: string | null };
};

const putSecret = (name: string) =>
  gateway.call('PUT', '/api/v1/account/secrets', { key: tenant.key, body: { name, value: 'hunter2-value' } });

test('an entry says who did what to what, by which request from where, and no value of a secret', async () => {
  const put = await putSecret('TOKEN');
  const { entries: found } = await entries(`?account=${encodeId('acc', tenant.id)}&action=secret.put`);
  expect(found).toEqual([
    {
      id: expect.stringMatching(/^aud_/),
      created_at: expect.any(String),
      action: 'secret.put',
      actor: { key_id: expect.stringMatching(/^key_/), account_id: encodeId('acc', tenant.id), role: 'admin' },
      account_id: encodeId('acc', tenant.id),
      target: 'TOKEN',
      request_id: put.headers['x-request-id'],
      client_address: '127.0.0.1',
      details: null,
    },
  ]);
  const rows = await fixture.database.query<{ text: string }>('SELECT a::text AS text FROM audit_log a');
  expect(rows.map(({ text }) => text).join()).not.toContain('hunter2');
});

test('what changes nothing leaves no entry', async () => {
  const before = (await entries()).entries.length;
  expect((await gateway.call('DELETE', '/api/v1/account/secrets/NOWHERE', { key: tenant.key })).status).toBe(404);
  expect((await gateway.call('DELETE', '/api/v1/projects/nowhere', { key: tenant.key })).status).toBe(404);
  expect((await entries()).entries).toHaveLength(before);
});

test('a change whose entry cannot be written is not made', async () => {
  const [key] = await fixture.database.query<{ id: string }>('SELECT id FROM api_keys WHERE account_id = $1', [
    tenant.id,
  ]);
  const keyId = key?.id ?? '';
  const actor = {
    key_id: 'no uuid',
    account_id: tenant.id,
    role: 'admin',
    request_id: 'r',
    client_address: '::1',
  } as const;
  const change = { action: 'key.revoked', account_id: tenant.id, target: 'key' } as const;
  await expect(audited(fixture.database, actor, change, (tx) => revokeKeyIfLive(tx, tenant.id, keyId))).rejects.toThrow(
    'uuid',
  );
  expect((await gateway.call('GET', '/api/v1/account', { key: tenant.key })).status).toBe(200);
  const rows = await fixture.database.query('SELECT FROM api_keys WHERE id = $1 AND revoked_at IS NULL', [keyId]);
  expect(rows).toHaveLength(1);
});

test('filters narrow, pages follow each other from the newest on', async () => {
  for (const name of ['A', 'B', 'C']) await putSecret(name);
  const query = `?account=${encodeId('acc', tenant.id)}&action=secret.put&limit=2`;
  const first = await entries(query);
  const second = await entries(`${query}&cursor=${first.next_cursor}`);
  expect([...first.entries, ...second.entries].map(({ target }) => target)).toEqual(['C', 'B', 'A', 'TOKEN']);
  const [newest] = first.entries;
  expect((await entries(`?created_after=${String(newest?.created_at)}`)).entries).toEqual([]);
  expect((await entries(`?created_before=${String(newest?.created_at)}&action=secret.deleted`)).entries).toEqual([]);
  expect((await entries(`?actor=${encodeId('key', newUuid())}`)).entries).toEqual([]);
});

test('nobody changes or removes an entry but retention, and that only old ones', async () => {
  const db = fixture.database;
  for (const change of ["UPDATE audit_log SET target = 'x'", 'DELETE FROM audit_log', 'TRUNCATE audit_log'])
    await expect(db.query(change)).rejects.toThrow('append-only');
  const old = newUuid();
  await db.query(
    `INSERT INTO audit_log (id, created_at, action, target) VALUES ($1, now() - interval '2 days', 'key.created', 'old')`,
    [old],
  );
  const all = {
    account_id: undefined,
    action: undefined,
    actor_key_id: undefined,
    created_after: undefined,
    created_before: undefined,
  };
  const before = await listAuditEntries(db, all, null, 100);
  expect(await gateway.app.get(ForgetAuditLoop).runOnce()).toBe(1);
  expect(await listAuditEntries(db, all, null, 100)).toEqual(before.filter(({ id }) => id !== old));
});
