import { MAX_SUBMISSION_BYTES } from '@computalot/contracts';
import { newUuid } from '@computalot/kernel';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { rememberRoutes } from './known-routes.js';
import { takesAnyJson } from './parse-json/any-json.js';
import { parseJsonBody, parseJsonValue } from './parse-json/json-body.js';
import { answerOf } from './problems/problem-of.js';
import { answerBrokenRequest, answerStalledRequests } from './problems/broken-requests.js';
import { sendProblem } from './problems/problem.filter.js';
import { Refusal } from './problems/refusal.js';

/** Milliseconds without a byte after which a request that has not come whole is given up. */
const STALL_MS = 60_000;

export interface GatewayAdapterOptions {
  readonly stallMs?: number;
  /** Addresses and networks, separated by commas: a request from there is of whom its X-Forwarded-For names. */
  readonly trustedProxies?: string | undefined;
}

/** Fastify as the gateway needs it. Body parsers are its own, so Nest's are not registered. */
class GatewayAdapter extends FastifyAdapter {
  override registerParserMiddleware(): void {}
}

/**
 * The HTTP adapter to create the application with, alone or in standalone: JSON bodies keep their text, everything else arrives as a stream,
 * faults of the framework are problems too.
 */
export function createGatewayAdapter({
  stallMs = STALL_MS,
  trustedProxies,
}: GatewayAdapterOptions = {}): FastifyAdapter {
  const adapter = new GatewayAdapter({
    bodyLimit: MAX_SUBMISSION_BYTES,
    trustProxy: trustedProxies ?? false,
    requestIdHeader: false,
    genReqId: () => `req_${newUuid()}`,
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: true,
    connectionTimeout: stallMs,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(request, reply, answerOf(error)),
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  rememberRoutes(fastify);
  addBodyParsers(fastify);
  answerStalledRequests(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  return adapter;
}

function refuseEncoded(encoding: string | undefined): void {
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new Refusal('unsupported_media_type', 'A JSON body with a Content-Encoding is not read; send it as it is.', {
    headers: { 'accept-encoding': 'identity' },
  });
}

function addBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    /^application\/(json|[\w.-]+\+json)\s*(;|$)/i,
    { parseAs: 'buffer' },
    (request, bytes, done) => {
      try {
        refuseEncoded(request.headers['content-encoding']);
        const parse = takesAnyJson(request) ? parseJsonValue : parseJsonBody;
        done(null, parse(bytes as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  fastify.addContentTypeParser('*', (_request, stream, done) => done(null, stream));
}
