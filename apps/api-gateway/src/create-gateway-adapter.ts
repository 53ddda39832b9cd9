import { MAX_SUBMISSION_BYTES } from '@computalot/contracts';
import { newUuid } from '@computalot/kernel';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { rememberRoutes } from './known-routes.js';
import { parseJsonBody } from './parse-json/json-body.js';
import { answerOf } from './problems/problem-of.js';
import { sendProblem } from './problems/problem.filter.js';

/** Fastify as the gateway needs it. Body parsers are its own, so Nest's are not registered. */
class GatewayAdapter extends FastifyAdapter {
  override registerParserMiddleware(): void {}
}

/**
 * The HTTP adapter to create the application with, alone or in standalone: JSON bodies keep their text, everything else arrives as a stream,
 * faults of the framework are problems too.
 */
export function createGatewayAdapter(): FastifyAdapter {
  const adapter = new GatewayAdapter({
    bodyLimit: MAX_SUBMISSION_BYTES,
    requestIdHeader: false,
    genReqId: () => `req_${newUuid()}`,
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: true,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(request, reply, answerOf(error)),
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  rememberRoutes(fastify);
  addBodyParsers(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  return adapter;
}

function addBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    /^application\/(json|[\w.-]+\+json)\s*(;|$)/i,
    { parseAs: 'buffer' },
    (_request, bytes, done) => {
      try {
        done(null, parseJsonBody(bytes as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  fastify.addContentTypeParser('*', (_request, stream, done) => done(null, stream));
}
