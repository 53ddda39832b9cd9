import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { createGatewayAdapter } from '../create-gateway-adapter.js';
import { answerOf } from './problem-of.js';
import { sendProblem } from './problem.filter.js';

let fastify: FastifyInstance;
beforeEach(async () => {
  fastify = createGatewayAdapter({ stallMs: 20 }).getInstance() as unknown as FastifyInstance;
  fastify.setErrorHandler((error, request, reply) => sendProblem(request, reply, answerOf(error)));
  fastify.post('/jobs', async () => ({ ok: true }));
  fastify.get('/slow', async () => {
    await new Promise((resolve) => fastify.server.once('timeout', resolve));
    return { slow: true };
  });
  await fastify.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => fastify.close());

/** What the server writes until it closes the connection. */
function exchange(text: string): Promise<string> {
  const socket = connect((fastify.server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => (answer += String(data)));
  socket.write(text);
  return new Promise((resolve, reject) => socket.on('close', () => resolve(answer)).on('error', reject));
}

const post = 'POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

test.each([
  ['no HTTP', 'GARBAGE\r\n\r\n', 400, 'malformed_request'],
  ['an unknown method', 'FOO / HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'malformed_request'],
  ['two lengths', `${post}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'malformed_request'],
  ['a huge header', `GET / HTTP/1.1\r\nhost: x\r\na: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ['a body that stalls', `${post}content-length: 100\r\n\r\n{}`, 408, 'request_timeout'],
])('%s is answered with a problem, and the connection closes', async (_name, text, status, code) => {
  const answer = await exchange(text);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*content-type: application/problem\\+json`, 's'));
  expect(JSON.parse(body)).toMatchObject({ status, code, recommended_action: expect.any(String) });
});

test('a request that came whole may wait for its answer', async () => {
  expect(await exchange('GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toContain('{"slow":true}');
});

test('a connection that asks nothing is closed without a word', async () => {
  expect(await exchange('')).toBe('');
});

test('a compressed JSON body is 415, not taken for text', async () => {
  const answer = await fastify.inject({
    method: 'POST',
    url: '/jobs',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    payload: Buffer.from([0x1f, 0x8b, 8]),
  });
  expect(answer.statusCode).toBe(415);
});
