import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let fixture: TestDatabase;
let gateway: Gateway;
let key: string;

beforeAll(async () => {
  fixture = await createTestDatabase();
  gateway = await startGateway(fixture.database);
  ({ key } = await gateway.account('secrets'));
});
afterAll(async () => {
  await gateway.stop();
  await fixture.drop();
});

const put = (name: string, value: unknown, as = key) =>
  gateway.call('PUT', '/api/v1/account/secrets', { key: as, body: { name, value } });

test('a secret is set, replaced, listed and deleted; its value is shown nowhere and not stored in the clear', async () => {
  const answers = [await put('API_TOKEN', 'hunter2-first'), await put('API_TOKEN', 'hunter2-second')];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const list = await gateway.call('GET', '/api/v1/account/secrets', { key });
  expect(list.json).toMatchObject({ secrets: [{ name: 'API_TOKEN' }], next_cursor: null });
  expect([...answers, list].map(({ text }) => text).join()).not.toContain('hunter2');
  const [row] = await fixture.database.query<{ sealed: Buffer }>('SELECT sealed FROM secrets');
  expect(row?.sealed.includes('hunter2')).toBe(false);
  expect((await gateway.call('DELETE', '/api/v1/account/secrets/API_TOKEN', { key })).status).toBe(204);
  expect((await gateway.call('DELETE', '/api/v1/account/secrets/API_TOKEN', { key })).status).toBe(404);
});

test.each<[string, unknown, string]>([
  ['1ST', 'x', '/name'],
  ['COMPUTALOT_TOKEN', 'x', '/name'],
  ['FINE', '', '/value'],
  ['FINE', 7, '/value'],
  ['FINE', 'a\0b', '/value'],
  ['FINE', 'x'.repeat(32_769), '/value'],
])('%s with %j is refused', async (name, value, pointer) => {
  const { status, json } = await put(name, value);
  expect(status).toBe(422);
  expect(json).toMatchObject({ code: 'validation_failed', errors: [{ pointer }] });
});

test('neither a viewer nor another account can touch it', async () => {
  const [viewer, stranger] = [await gateway.account('looks', 'viewer'), await gateway.account('stranger')];
  await put('MINE', 'hunter2');
  expect((await put('MINE', 'stolen', viewer.key)).status).toBe(403);
  expect((await gateway.call('DELETE', '/api/v1/account/secrets/MINE', { key: stranger.key })).status).toBe(404);
  const theirs = await gateway.call('GET', '/api/v1/account/secrets', { key: stranger.key });
  expect(theirs.json).toMatchObject({ secrets: [] });
});

test('the list is paged by name', async () => {
  const { key: paged } = await gateway.account('pages');
  for (const name of ['C', 'A', 'B']) await put(name, 'value', paged);
  const first = await gateway.call('GET', '/api/v1/account/secrets?limit=2', { key: paged });
  expect(first.json).toMatchObject({ secrets: [{ name: 'A' }, { name: 'B' }] });
  const rest = await gateway.call('GET', `/api/v1/account/secrets?cursor=${String(first.json.next_cursor)}`, {
    key: paged,
  });
  expect(rest.json).toMatchObject({ secrets: [{ name: 'C' }], next_cursor: null });
});
