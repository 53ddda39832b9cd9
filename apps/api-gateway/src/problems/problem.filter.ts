import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ReplayedAnswer } from '../answer-once/replayed-answer.js';
import { allowedMethods } from '../known-routes.js';
import { answerOf, problemBody, type Answer } from './problem-of.js';

/** Every error of every route leaves as application/problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (error instanceof ReplayedAnswer) return error.send(reply);
    const answer = this.refine(answerOf(error), request);
    if (answer.code === 'internal') this.logger.error(`request ${request.id} failed: ${describe(error)}`);
    sendProblem(request, reply, answer);
  }

  /** A path that exists under other methods is 405, not 404. */
  private refine(answer: Answer, request: FastifyRequest): Answer {
    if (answer.code !== 'route_not_found') return answer;
    const allow = allowedMethods(request.server, request.url);
    if (allow.length === 0) return answer;
    return {
      code: 'method_not_allowed',
      detail: `This path takes ${allow.join(', ')}.`,
      headers: { allow: allow.join(', ') },
    };
  }
}

/** What a route may have said of a body that is not sent after all. */
const OF_THE_CONTENT = [
  'accept-ranges',
  'content-disposition',
  'content-length',
  'content-range',
  'etag',
  'x-content-type-options',
];

export function sendProblem(request: FastifyRequest, reply: FastifyReply, answer: Answer): void {
  if (reply.raw.headersSent) {
    // The answer has begun; only breaking it off tells the client that it is not complete.
    reply.raw.destroy();
    return;
  }
  const body = problemBody(answer, request);
  for (const name of OF_THE_CONTENT) reply.removeHeader(name);
  void reply
    .code(body.status)
    .header('x-request-id', request.id)
    .headers({ ...(body.status === 401 ? { 'www-authenticate': 'Bearer realm="computalot"' } : {}), ...answer.headers })
    .type('application/problem+json')
    .serializer((value) => value as string)
    .send(JSON.stringify(body));
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
