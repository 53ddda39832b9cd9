import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { watchAnswers } from './watch-answers.js';
import { waitUntil } from '../platform/wait-until.js';

const LEAK = '{"detail":"worker-1 is full"}';
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const isStream = request.url?.endsWith('/stream') ?? false;
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    if (isStream) response.write(`id: 1\nevent: job\ndata: ${LEAK}\n\n`);
    else response.end(LEAK);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('whoever asks, and however the answer is read, what it tells is found; operators may see it', async () => {
  const watch = watchAnswers(url, ['worker-1']);
  try {
    expect(await (await fetch(`${url}/api/v1/jobs`)).text()).toBe(LEAK);
    await fetch(new URL('/api/v1/unread', url));
    await (await fetch(`${url}/api/v1/admin/workers`)).text();
    await (await fetch(`${url}/docs`)).text();
    expect((await watch.facts()).sort()).toEqual([
      '/api/v1/jobs: /detail holds the word "worker-1": "worker-1 is full"',
      '/api/v1/unread: /detail holds the word "worker-1": "worker-1 is full"',
    ]);
    // A stream that nobody ends holds nobody up.
    const leaving = new AbortController();
    await fetch(`${url}/api/v1/jobs/x/stream`, { signal: leaving.signal });
    const facts = await waitUntil('the event', async () => {
      const found = await watch.facts();
      return found.length > 0 && found;
    });
    expect(facts).toHaveLength(1);
    leaving.abort();
    expect(watch.seen).toBe(3);
  } finally {
    watch.stop();
  }
  await (await fetch(`${url}/api/v1/jobs`)).text();
  expect(watch.seen).toBe(3);
});
