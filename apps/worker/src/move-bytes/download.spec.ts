import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DomainError } from '@computalot/kernel';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloadFile, downloadText } from './download.js';
import { isAway } from './store-away.js';

let server: Server;
let answer: RequestListener;
let url: string;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clt-download-'));
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const fault = (work: Promise<unknown>) => work.then(() => null).catch((error: unknown) => error);

test.each([
  [500, true],
  [503, true],
  [429, true],
  [403, false],
  [404, false],
])('%i: the store is away: %s', async (status, expected) => {
  answer = (_, response) => response.writeHead(status).end();
  expect(isAway(await fault(downloadText(url, {})))).toBe(expected);
});

test('a store that breaks off in the middle is away; a place that cannot be written is not', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  };
  expect(isAway(await fault(downloadFile(url, {}, join(folder, 'file'))))).toBe(true);
  answer = (_, response) => response.end('x'.repeat(1_000_000));
  const error = await fault(downloadFile(url, {}, join(folder, 'missing', 'file')));
  expect(error).toMatchObject({ code: 'ENOENT' });
  expect(isAway(error)).toBe(false);
});

test('a store that is not there is away', async () => {
  await new Promise((resolve) => server.close(resolve));
  expect(isAway(await fault(downloadText(url, {})))).toBe(true);
});

test.each([
  ['storage_unavailable', true],
  ['grant_unanswered', true],
  ['not_held', false],
])('the refusal %s says that something is away: %s', (code, expected) => {
  expect(isAway(new DomainError(code, 'm'))).toBe(expected);
});
