import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { Database, createProject } from '@computalot/database';
import { createTestDatabase } from '@computalot/testing';
import { create } from 'tar';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

test('without a database every route that needs it is 503 and says when to come back', async () => {
  const database = new Database({ url: 'postgresql://postgres@127.0.0.1:1/none' });
  stops.push(() => database.close());
  const gateway: Gateway = await startGateway(database);
  stops.push(gateway.stop);
  const answer = await gateway.call('GET', '/api/v1/jobs', { key: 'flk_0123456789abcdef' });
  expect(answer.json).toMatchObject({ status: 503, code: 'dependency_unavailable' });
  expect(answer.headers['retry-after']).toBeTruthy();
  expect(answer.text).not.toContain('127.0.0.1:1');
  for (const path of [
    '/openapi.json',
    '/docs',
    '/docs/problems',
    '/docs/problems/not_found',
    '/docs/assets/swagger-ui.css',
    '/llms.txt',
  ]) {
    expect((await gateway.call('GET', path)).status).toBe(200);
  }
});

test('without an object store a push is 503, and nothing is published', async () => {
  const db = await createTestDatabase();
  stops.push(db.drop);
  const gateway = await startGateway(db.database);
  stops.push(gateway.stop);
  const { id, key } = await gateway.account('a');
  await createProject(db.database, id, 'p');
  const bytes = await buffer(create({ gzip: true, cwd: import.meta.dirname, portable: true }, ['./away.int.spec.ts']));
  gateway.objects.head = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
  const answer = await gateway.call('POST', '/api/v1/projects/p/push', {
    key,
    raw: bytes,
    headers: { 'content-type': 'application/gzip' },
  });
  expect(answer.json).toMatchObject({ status: 503, code: 'dependency_unavailable' });
  expect(await db.database.query('SELECT FROM revisions')).toEqual([]);
});
