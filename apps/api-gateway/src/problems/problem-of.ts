import { problemKinds, type Problem, type ProblemCode } from '@computalot/contracts';
import { DependencyAway } from '@computalot/kernel';
import { ObjectStoreError } from '@computalot/object-store';
import { HttpException } from '@nestjs/common';
import { Refusal } from './refusal.js';

export interface Answer {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: Problem['errors'];
  readonly headers?: Readonly<Record<string, string>>;
}

const RETRY_AFTER_S = '2';

/** What any thrown thing is to the client. Faults that nobody foresaw are `internal` and tell nothing of themselves. */
export function answerOf(error: unknown): Answer {
  if (error instanceof Refusal) return { code: error.code, detail: error.detail, ...error.extra };
  if (error instanceof HttpException) return answerOfStatus(error.getStatus(), error.message);
  if (isUnavailable(error)) {
    const detail = 'The server cannot reach its database, broker or object store right now. Nothing was changed.';
    return { code: 'dependency_unavailable', detail, headers: { 'retry-after': RETRY_AFTER_S } };
  }
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return answerOfStatus(status, (error as Error).message);
  return { code: 'internal', detail: 'An unexpected fault; it has been logged under the request_id.' };
}

/** Faults of the framework: routing, body parsing. */
function answerOfStatus(status: number, message: string): Answer {
  switch (status) {
    case 404:
      return { code: 'route_not_found', detail: `${message}.` };
    case 413:
      return { code: 'payload_too_large', detail: 'The body is larger than 10 MiB.' };
    case 415:
      return { code: 'unsupported_media_type', detail: message };
    case 503:
      return {
        code: 'dependency_unavailable',
        detail: 'The server is shutting down.',
        headers: { 'retry-after': RETRY_AFTER_S },
      };
    default:
      if (status >= 500)
        return { code: 'internal', detail: 'An unexpected fault; it has been logged under the request_id.' };
      return { code: 'malformed_request', detail: message };
  }
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENOENT',
]);
/** SQLSTATE: connection exceptions, server shutting down or starting, too many connections. */
const POSTGRES_AWAY = /^(08...|57P0[1-5]|53300)$/;
/** pg reports these without a code. */
const PG_WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

function isUnavailable(error: unknown): boolean {
  if (error instanceof ObjectStoreError || error instanceof DependencyAway) return true;
  if (typeof error !== 'object' || error === null) return false;
  const { code, syscall, message, errors } = error as NodeJS.ErrnoException & { readonly errors?: unknown };
  if (typeof code === 'string') {
    if (POSTGRES_AWAY.test(code)) return true;
    // ENOENT is a socket that is not there, or a file: only the first is a dependency.
    if (UNREACHABLE.has(code) && (code !== 'ENOENT' || syscall === 'connect')) return true;
  }
  if (Array.isArray(errors)) return errors.some(isUnavailable);
  return typeof message === 'string' && PG_WORDS.test(message);
}

/** The body of the answer. */
export function problemBody(answer: Answer, request: { readonly url: string; readonly id: string }): Problem {
  const { status, title, recommended_action } = problemKinds[answer.code];
  return {
    type: `/docs/problems/${answer.code}`,
    title,
    status,
    detail: answer.detail,
    instance: request.url.split('?', 1)[0] ?? request.url,
    code: answer.code,
    ...(answer.errors ? { errors: answer.errors } : {}),
    recommended_action,
    request_id: request.id,
  };
}
