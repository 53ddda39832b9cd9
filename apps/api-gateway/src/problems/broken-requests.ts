import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { newUuid } from '@computalot/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { problemBody, type Answer } from './problem-of.js';

/** Requests that have begun to be answered, by their connection. */
const requests = new WeakMap<Socket, FastifyRequest>();

/** What Node's parser could not read never reaches a route: the problem is written on the connection, which then closes. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  // Within an answer only breaking it off tells the client.
  if (error.code === 'ECONNRESET' || !socket.writable || requests.has(socket)) socket.destroy();
  else endWith(socket, answerOfParser(error.code));
}

function answerOfParser(code: string | undefined): Answer {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { code: 'headers_too_large', detail: 'The URL and the headers are larger than 16 KiB.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { code: 'request_timeout', detail: 'The headers did not come within the time.' };
    case 'HPE_INVALID_METHOD':
      return { code: 'malformed_request', detail: 'The request line has no method that HTTP knows.' };
    default:
      return { code: 'malformed_request', detail: 'This is not a request of HTTP/1.1.' };
  }
}

/**
 * Ends connections on which nothing has moved for the server's timeout: idle ones, and those that still owe the rest of a request. One that waits
 * for its answer may wait.
 */
export function answerStalledRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    requests.set(socket, request);
    reply.raw.once('close', () => requests.delete(socket));
    done();
  });
  fastify.server.on('timeout', (socket: Socket) => {
    const request = requests.get(socket);
    if (!request) socket.destroy();
    else if (!request.raw.complete) {
      const detail = 'The rest of the body did not come within the time.';
      endWith(socket, { code: 'request_timeout', detail }, request);
    }
  });
}

function endWith(socket: Socket, answer: Answer, request = { url: '/', id: `req_${newUuid()}` }): void {
  const body = problemBody(answer, request);
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nx-request-id: ${body.request_id}\r\nconnection: close\r\n\r\n${text}`,
    () => socket.destroy(),
  );
}
