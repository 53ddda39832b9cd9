import { isDeepStrictEqual } from 'node:util';
import { problemKinds } from '@computalot/contracts';
import { encodeId, newUuid } from '@computalot/kernel';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isAdminPath, isOperatorPath } from '../authenticate/admin-paths.js';
import { contractCases } from '../testing/contract/cases/index.js';
import type { Ask } from '../testing/contract/contract.js';
import { isEverybodys } from '../testing/contract/everybodys.js';
import { createContractWorld, type ContractWorld } from '../testing/contract/contract-world.js';
import { operationsOf, type ApiDocument, type Operation } from './api-document.js';
import { buildDocument } from './build-document.js';
import { takesKey } from './complete-document/headers.js';

const document = (await buildDocument()) as unknown as ApiDocument;
const operations = operationsOf(document).map((placed) => ({ ...placed, id: placed.operation.operationId }));

let world: ContractWorld;
beforeAll(async () => {
  world = await createContractWorld(document);
});
afterAll(() => world?.end());

const OF_ACCOUNT = '/api/v1/account/';
const WRITTEN_DOWN: ReadonlySet<string> = new Set(['deleteArtifact', 'deleteJob', 'deleteProject']);

/** Bodies that may be any JSON: their schema says nothing. */
const takesAny = ({ requestBody }: Operation) =>
  isDeepStrictEqual(requestBody?.content['application/json']?.schema, {});
/** Names that a request gives to what it makes, as the last step of its path. */
const NAMES_ITS_OWN: Readonly<Record<string, string>> = { putKvEntry: 'key' };

test('no case is of an operation that is gone', () => {
  const ids = new Set(operations.map(({ id }) => id));
  expect(Object.keys(contractCases).filter((id) => !ids.has(id))).toEqual([]);
});

describe.each(operations)('$id', ({ id, path, method, operation }) => {
  const answers = (expected: Parameters<ContractWorld['contract']['answers']>[1], ask: Ask) =>
    world.contract.answers(id, expected, ask);
  const good = (): Ask => world.contract.goodAsk(id);
  const isWrite = method !== 'get';
  const hasPath = path.includes('{');

  test('answers as the document says (src/testing/contract/cases has one case for each operation)', async () => {
    const play = contractCases[id];
    if (!play) throw new Error(`${id} has no case: add one to src/testing/contract/cases`);
    await play(world);
    expect(good()).toBeDefined();
  });

  test('needs a key that exists', async () => {
    await answers('unauthorized', { ...good(), key: null });
    await answers('unauthorized', { ...good(), key: 'flk_unknownunknownunknown' });
  });

  test('is refused to an account that has spent its requests', async () => {
    await answers('rate_limited', { ...good(), key: await world.spentKey() });
  });

  if (isWrite) {
    test('is refused to a key that may only read', async () => {
      await answers('forbidden', { ...good(), key: world.viewer });
    });

    test('refuses a body that is no JSON, no object, encoded or too large', async () => {
      const { body: _, raw: __, ...rest } = good();
      const json = { 'content-type': 'application/json' };
      await answers('malformed_json', { ...rest, raw: '{', headers: json });
      if (!takesAny(operation)) await answers('validation_failed', { ...rest, raw: '[1]', headers: json });
      await answers('unsupported_media_type', { ...rest, raw: '{}', headers: { ...json, 'content-encoding': 'gzip' } });
      await answers('payload_too_large', { ...rest, raw: Buffer.alloc(10 * 1024 * 1024 + 1, ' '), headers: json });
    });
  }

  if (operation.requestBody?.content['application/json'] && !takesAny(operation)) {
    test('refuses a field that it does not know, and names it', async () => {
      const ask = good();
      const { json } = await answers('validation_failed', {
        ...ask,
        body: { ...(ask.body as object), no_such_field: 1 },
      });
      expect(json.errors).toEqual([expect.objectContaining({ pointer: '/no_such_field' })]);
    });
  }

  if (takesKey(operation)) {
    test('answers once for an Idempotency-Key, and to that request only', async () => {
      const key = `key-of-${id}`;
      const ask = { ...good(), headers: { ...good().headers, 'idempotency-key': key } };
      const first = await world.contract.send(id, ask);
      const again = await world.contract.send(id, ask);
      expect([again.status, again.text]).toEqual([first.status, first.text]);
      expect(again.headers['idempotency-replayed']).toBe('true');
      const other = ask.raw === undefined ? { body: { other: 1 } } : { raw: 'other' };
      await answers('idempotency_key_reused', { ...ask, ...other });
      await world.database.query('UPDATE idempotency_keys SET status = NULL, claimed_at = now() WHERE key = $1', [key]);
      expect((await answers('idempotency_in_progress', ask)).headers['retry-after']).toBe('1');
      await answers('malformed_request', { ...ask, headers: { ...ask.headers, 'idempotency-key': 'two words' } });
    });
  }

  if (operation.parameters?.some((parameter) => parameter.in === 'query')) {
    test('refuses a parameter that it does not know, and names it', async () => {
      const { json } = await answers('validation_failed', {
        ...good(),
        query: { ...good().query, no_such_parameter: '1' },
      });
      expect(json.errors).toEqual([expect.objectContaining({ pointer: '?no_such_parameter' })]);
    });
  }

  if (isAdminPath(path)) {
    test('is refused to whoever is no admin', async () => {
      for (const key of [world.viewer, world.member]) await answers('forbidden', { ...good(), key });
    });
  }

  if (isOperatorPath(path)) {
    test('is refused to whoever is no operator', async () => {
      await answers('forbidden', { ...good(), key: world.stranger.key });
    });
  }

  if (isWrite && (isAdminPath(path) || path.startsWith(OF_ACCOUNT) || WRITTEN_DOWN.has(id))) {
    test('leaves an entry in the audit log for everything that it changed', async () => {
      const rows = await world.database.query<{ request_id: string }>('SELECT request_id FROM audit_log');
      const written = new Set(rows.map(({ request_id }) => request_id));
      expect(world.contract.successesOf(id).filter((request) => !written.has(request))).toEqual([]);
    });
  }

  if (hasPath) {
    test('finds nothing that is not there, in whatever way it is written', async () => {
      const { path: values = {}, ...rest } = good();
      for (const [name, value] of Object.entries(values)) {
        if (NAMES_ITS_OWN[id] === name) continue;
        const prefix = /^([a-z]+)_[0-9a-z]{26}$/.exec(String(value))?.[1];
        const unknown = [prefix === undefined ? 'nobody-has-this' : encodeId(prefix, newUuid()), 'x', '%00', '..%2F..'];
        for (const one of unknown) await answers('not_found', { ...rest, path: { ...values, [name]: one } });
        await answers('malformed_request', { ...rest, path: { ...values, [name]: '%zz' } });
      }
    });
  }

  test('says so when the database is away, and tells nothing of a fault that nobody foresaw', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), {
      code: 'ECONNREFUSED',
      errno: -111,
      syscall: 'connect',
      address: '10.1.2.3',
      port: 5432,
    });
    // Answered from memory, but for the key: one that the gateway has not seen has to be looked up.
    const key = isEverybodys(path) && !isWrite ? await world.gateway.keyOf(world.owner.id, 'admin') : undefined;
    const ask = key === undefined ? good() : { ...good(), key };
    const answer = await world.failing(away, () => answers('dependency_unavailable', ask));
    expect(answer.text).not.toContain('10.1.2.3');
    const broken = await world.failing(new TypeError('inner detail'), () => answers('internal', ask));
    expect(broken.text).not.toContain('inner detail');
  });

  test('refuses headers that are too large', async () => {
    await answers('headers_too_large', { ...good(), headers: { ...good().headers, 'x-large': 'x'.repeat(20_000) } });
  });

  if (!isWrite) {
    test('answers HEAD like GET, without the body', async () => {
      const got = world.contract.goodAnswer(id);
      const head = await world.contract.send(id, good(), 'HEAD');
      expect([head.status, head.text]).toEqual([got.status, '']);
      expect(head.headers['content-type']).toBe(got.headers['content-type']);
    });
  }

  test('has been seen giving every answer that the document declares', () => {
    expect(world.contract.unseen(id)).toEqual([]);
  });
});

test('every code of the catalogue is an answer of some operation, or of none of them by its nature', () => {
  const text = JSON.stringify([document.paths, document.components.responses]);
  const enums = [...text.matchAll(/"code":\{"enum":(\[[^\]]*\])/g)].flatMap(
    (match) => JSON.parse(match[1] ?? '[]') as string[],
  );
  const declared = new Set(enums);
  const elsewhere = ['route_not_found', 'method_not_allowed'];
  const unused = Object.keys(problemKinds).filter((code) => !declared.has(code) && !elsewhere.includes(code));
  expect(unused).toEqual([]);
});
