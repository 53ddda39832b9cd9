import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { createKey, ensureAdminKey, findKeyByHash, hashKey } from './accounts.store.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db?.drop());

test('gateways that start at once make one admin key, shown to one of them', async () => {
  const made = await Promise.all([
    ensureAdminKey(db.database),
    ensureAdminKey(db.database),
    ensureAdminKey(db.database),
  ]);
  const shown = made.flatMap(({ generated }) => generated ?? []);
  expect(shown).toHaveLength(1);
  expect(await findKeyByHash(db.database, hashKey(shown[0] ?? ''))).toMatchObject({
    role: 'admin',
    account_id: made[0]?.account_id,
  });
  expect((await ensureAdminKey(db.database)).generated).toBeNull();
});

test('a given key is added once and is never shown or stored', async () => {
  const key = 'flk_given-by-the-operator';
  for (let n = 0; n < 2; n++) expect((await ensureAdminKey(db.database, key)).generated).toBeNull();
  const rows = await db.database.query('SELECT FROM api_keys WHERE key_hash = $1', [hashKey(key)]);
  expect(rows).toHaveLength(1);
  await expect(ensureAdminKey(db.database, 'flk_short')).rejects.toThrow(RangeError);
  await expect(ensureAdminKey(db.database, 'other-prefix-and-long')).rejects.toThrow(RangeError);
});

test('a revoked key finds nobody; an account that does not exist gets no key', async () => {
  const { account_id } = await ensureAdminKey(db.database);
  const made = await createKey(db.database, account_id, { role: 'viewer', name: 'v' });
  expect(await findKeyByHash(db.database, hashKey(made?.key ?? ''))).toMatchObject({ role: 'viewer' });
  await db.database.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [made?.id]);
  expect(await findKeyByHash(db.database, hashKey(made?.key ?? ''))).toBeNull();
  expect(
    await createKey(db.database, '00000000-0000-7000-8000-000000000000', { role: 'viewer', name: 'v' }),
  ).toBeNull();
});
