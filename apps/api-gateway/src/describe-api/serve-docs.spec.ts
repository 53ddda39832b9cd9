import { readFile } from 'node:fs/promises';
import { problemKinds, ProjectManifest } from '@computalot/contracts';
import { Database } from '@computalot/database';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startGateway, type Gateway } from '../testing/start-gateway.js';
import { operationsOf, type ApiDocument } from './api-document.js';
import { OPENAPI_FILE } from './openapi-file.js';

/** Needs no key and no database: the documentation is there when nothing else is. */
const database = new Database({ url: 'postgresql://postgres@127.0.0.1:1/none' });
let gateway: Gateway;
let document: ApiDocument;
beforeAll(async () => {
  gateway = await startGateway(database);
  document = (await gateway.call('GET', '/openapi.json')).json as unknown as ApiDocument;
});
afterAll(async () => {
  await gateway?.stop();
  await database.close();
});

test('/openapi.json is the committed document', async () => {
  const { headers, text } = await gateway.call('GET', '/openapi.json');
  expect(headers['content-type']).toMatch('application/json');
  expect(text).toBe(await readFile(OPENAPI_FILE, 'utf8'));
});

test('/schemas/project.json is the schema that manifests are held to', async () => {
  const { status, headers, json } = await gateway.call('GET', '/schemas/project.json');
  expect([status, headers['content-type']]).toEqual([200, 'application/schema+json; charset=utf-8']);
  expect(json).toEqual(JSON.parse(JSON.stringify(ProjectManifest)));
});

test('the type of every problem leads to a page that says what to do and who answers it', async () => {
  const { text: all } = await gateway.call('GET', '/docs/problems');
  for (const [code, { title }] of Object.entries(problemKinds)) {
    const { status, headers, text } = await gateway.call('GET', `/docs/problems/${code}`);
    expect([code, status, headers['content-type']]).toEqual([code, 200, 'text/html; charset=utf-8']);
    expect(text).toContain(title);
    expect(all).toContain(`id="${code}"`);
  }
  const { text } = await gateway.call('GET', '/docs/problems/project_in_use');
  expect(text).toContain('<a href="/docs#/projects/deleteProject">DELETE /api/v1/projects/{name}</a>');
  expect(text).not.toContain('submitJob');
});

test.each(['nope', 'constructor', '%3Cscript%3E', '__proto__'])('there is no page of a problem %s', async (code) => {
  const answer = await gateway.call('GET', `/docs/problems/${code}`);
  expect([answer.status, answer.json.type]).toEqual([404, '/docs/problems/not_found']);
});

test('/docs works alone: everything it loads comes from here', async () => {
  const { status, text } = await gateway.call('GET', '/docs');
  expect(status).toBe(200);
  const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(loaded.length).toBeGreaterThan(2);
  for (const path of loaded) expect([path, (await gateway.call('GET', path)).status]).toEqual([path, 200]);
  expect((await gateway.call('GET', '/docs/assets/start.js')).text).toContain('/openapi.json');
});

test('/llms.txt names every operation, no other, and leads nowhere that is not there', async () => {
  const { text, headers } = await gateway.call('GET', '/llms.txt');
  expect(headers['content-type']).toMatch('text/plain');
  const operations = operationsOf(document).map(({ path, method }) => ({ method: method.toUpperCase(), path }));
  for (const { method, path } of operations) expect(text).toContain(`- ${method} ${path}: `);
  const known = operations.map(({ method, path }) => [method, patternOf(path)] as const);
  const named = [...text.matchAll(/\b(GET|PUT|POST|DELETE|PATCH) (\/api\/v1\/[^\s?:;,.)]+)/g)];
  const unknown = named.filter(
    ([, method, path]) => !known.some(([its, pattern]) => its === method && pattern.test(path ?? '')),
  );
  expect(unknown.map(([call]) => call)).toEqual([]);
  for (const [, link = ''] of text.matchAll(/\]\((\/[^)]+)\)/g))
    expect([link, (await gateway.call('GET', link)).status]).toEqual([link, 200]);
});

/** A parameter may stand as its name in braces or as a value. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);
}
