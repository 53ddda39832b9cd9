import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

export interface IdempotentOptions {
  /**
   * `json` (default): the key is claimed before the handler runs. `streamed`: the handler claims it with `AnswerOnce.claimStreamed` when it has read
   * the body and knows its hash.
   */
  readonly body?: 'json' | 'streamed';
  /** The answer shows a secret: it is kept sealed under the caller's own API key, and replayed to no other. */
  readonly isSecret?: boolean;
}

const CONFIG = 'idempotent';

const DESCRIPTION =
  'Makes the request safe to send again: 1 to 255 visible ASCII characters, kept for 24 hours, of this account and route. The same request with the ' +
  'same key gets the stored answer with `Idempotency-Replayed: true`; another request is refused.';

/** The route takes an `Idempotency-Key`. Ids of what it creates come from `AnswerOnce.creationOf`. */
export function Idempotent(options: IdempotentOptions = {}): MethodDecorator {
  return applyDecorators(
    RouteConfig({ [CONFIG]: options }),
    ApiHeader({
      name: 'Idempotency-Key',
      description: DESCRIPTION,
      required: false,
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
    }),
  );
}

/** Undefined for a route that takes no key. */
export function idempotentOptionsOf(request: FastifyRequest): IdempotentOptions | undefined {
  return (request.routeOptions.config as { [CONFIG]?: IdempotentOptions })[CONFIG];
}
