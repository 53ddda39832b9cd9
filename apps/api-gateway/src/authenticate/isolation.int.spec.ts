import { encodeId } from '@computalot/kernel';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { operationsOf, type ApiDocument } from '../describe-api/api-document.js';
import { buildDocument } from '../describe-api/build-document.js';
import { knownRoutes } from '../known-routes.js';
import { contractCases } from '../testing/contract/cases/index.js';
import { createContractWorld, type ContractWorld } from '../testing/contract/contract-world.js';
import { isEverybodys } from '../testing/contract/everybodys.js';
import { printDatabase } from '../testing/contract/print-database.js';
import { isAdminPath, isOperatorPath } from './admin-paths.js';

// Every operation of the document, with what its contract case has made, against everybody who may not.

const document = (await buildDocument()) as unknown as ApiDocument;
const operations = operationsOf(document).map((placed) => ({ ...placed, id: placed.operation.operationId }));

let world: ContractWorld;
let revoked: string;
beforeAll(async () => {
  world = await createContractWorld(document);
  revoked = await revokedKey();
});
afterAll(() => world?.end());

/** A key that has worked, until it was revoked by this very gateway. */
async function revokedKey(): Promise<string> {
  const { json } = await world.contract.answers('createOwnKey', 201, { body: { role: 'admin' } });
  const key = String(json.key);
  await world.contract.answers('getAccount', 200, { key });
  await world.contract.answers('revokeOwnKey', 204, { path: { key_id: String(json.id) } });
  return key;
}

const PUBLIC_ID = /\b[a-z]{3}_[0-9a-z]{26}\b/g;
const idsIn = (text: string): Set<string> => new Set(text.match(PUBLIC_ID));

/** Every public id of something that the owner has. */
async function ownedIds(): Promise<Set<string>> {
  const rows = await world.database.query<{ prefix: string; id: string }>(
    `SELECT 'job' AS prefix, id FROM jobs WHERE account_id = $1 UNION ALL SELECT 'prj', id FROM projects WHERE account_id = $1
     UNION ALL SELECT 'art', id FROM artifacts WHERE account_id = $1 UNION ALL SELECT 'key', id FROM api_keys WHERE account_id = $1
     UNION ALL SELECT 'acc', $1::uuid`,
    [world.owner.id],
  );
  return new Set(rows.map(({ prefix, id }) => encodeId(prefix, id)));
}

test('every route below /api is an operation of the document', () => {
  const fastify = world.gateway.app.getHttpAdapter().getInstance() as FastifyInstance;
  const routes = knownRoutes(fastify).filter((route) => route.includes(' /api') && !route.startsWith('HEAD '));
  const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(routes.map((route) => route.replace(/:(\w+)/g, '{$1}')).sort()).toEqual(described.sort());
});

test.each(operations)('$id keeps to whom it is for', async ({ id, path, method }) => {
  const play = contractCases[id];
  if (!play) throw new Error(`${id} has no case: add one to src/testing/contract/cases`);
  await play(world);
  const good = world.contract.goodAsk(id);
  const statusFor = async (key: string | null, as?: string) =>
    (await world.contract.send(id, { ...good, key }, as)).status;
  const isRead = method === 'get';

  const before = await printDatabase(world.database, null);
  const nobody = { none: null, unknown: 'flk_unknownunknownunknown', revoked };
  for (const [name, key] of Object.entries(nobody)) expect([name, await statusFor(key)]).toEqual([name, 401]);
  const forbidden = {
    ...(isAdminPath(path) || !isRead ? { viewer: world.viewer } : {}),
    ...(isAdminPath(path) ? { member: world.member } : {}),
    ...(isOperatorPath(path) ? { stranger: world.stranger.key } : {}),
  };
  for (const [name, key] of Object.entries(forbidden)) expect([name, await statusFor(key)]).toEqual([name, 403]);
  expect(await printDatabase(world.database, null)).toEqual(before);
  // HEAD: the stream of a project has no end to wait for.
  if (isRead && !isAdminPath(path))
    expect(await statusFor(world.viewer, path.endsWith('/stream') ? 'HEAD' : undefined)).toBeLessThan(300);
});

/** A stranger who has nothing, with the rights of an admin. */
const newStranger = () =>
  world.gateway.account(`stranger to ${expect.getState().currentTestName}`.slice(-100), 'admin');

test.each(operations.filter(({ path }) => !isOperatorPath(path)))(
  '$id shows another account nothing, and changes nothing of ours',
  async ({ id, path }) => {
    const good = world.contract.goodAsk(id);
    const { key } = await newStranger();
    const before = await printDatabase(world.database, world.owner.id);
    const { status, text, json } = await world.contract.send(id, { ...good, key });
    expect(await printDatabase(world.database, world.owner.id)).toEqual(before);
    if (path.includes('{') && !isEverybodys(path)) expect(status).toBe(404);
    expect(status).toBeLessThan(500);
    if (status >= 300) return;
    const sent = idsIn(JSON.stringify(good));
    const owned = await ownedIds();
    expect([...idsIn(text)].filter((seen) => owned.has(seen) && !sent.has(seen))).toEqual([]);
    const lists = Object.values(json).filter(Array.isArray);
    if ('next_cursor' in json && !isEverybodys(path) && !isAdminPath(path)) expect(lists).toEqual([[]]);
  },
);
