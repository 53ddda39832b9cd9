import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '../problems/refusal.js';
import type { JsonValue } from './json-body.js';

const CONFIG = 'takesAnyJson';

/** A route whose body may be any JSON, not only an object. */
export const TakesAnyJson = (description: string, example: unknown) =>
  applyDecorators(
    RouteConfig({ [CONFIG]: true }),
    ApiBody({ description, required: true, schema: {}, examples: { one: { value: example } } }),
  );

export const takesAnyJson = ({ routeOptions }: FastifyRequest): boolean =>
  CONFIG in ((routeOptions.config as object | undefined) ?? {});

/** The body of such a route. */
export function requireAnyJson({ body }: FastifyRequest): JsonValue {
  if (body === undefined || body === null) throw new Refusal('malformed_json', 'The body is empty; JSON is expected.');
  if (typeof (body as Partial<JsonValue>).text === 'string') return body as JsonValue;
  const headers = { connection: 'close' };
  throw new Refusal('unsupported_media_type', 'This route takes application/json.', { headers });
}
