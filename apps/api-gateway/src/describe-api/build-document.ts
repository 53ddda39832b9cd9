import { DATABASE } from '@computalot/database';
import { LIVE_FEED } from '@computalot/live-feed';
import { OUTBOX_RELAY, PUBLISHER } from '@computalot/messaging';
import { OBJECT_STORE } from '@computalot/object-store';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { createGatewayAdapter } from '../create-gateway-adapter.js';
import { GatewayModule } from '../gateway.module.js';
import { schemas } from './schemas.js';

const DESCRIPTION = `Self-hosted, distributed batch compute: submit a job over HTTP, follow it live, read its results.

Errors are RFC 9457 problems with a stable \`code\` and a \`recommended_action\`. Lists take \`limit\` and \`cursor\` and answer \`next_cursor\`.
Times are RFC 3339 UTC; durations end in \`_s\`, sizes in \`_bytes\` and \`_gb\`.`;

/** The OpenAPI document as the code says it; needs no service, nothing is started. */
export async function buildDocument(): Promise<OpenAPIObject> {
  const adapters = [DATABASE, LIVE_FEED, PUBLISHER, OUTBOX_RELAY, OBJECT_STORE].map((provide) => ({
    provide,
    useValue: {},
  }));
  class Adapters {}
  Global()(Adapters);
  Module({ providers: adapters, exports: adapters.map(({ provide }) => provide) })(Adapters);
  class Root {}
  Module({ imports: [Adapters, GatewayModule] })(Root);
  const app = await NestFactory.create(Root, createGatewayAdapter(), { logger: false, abortOnError: false });
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Computalot')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, flk_…' })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...schemas } as never };
  return withoutNullable(document) as OpenAPIObject;
}

/** OpenAPI 3.1 says "or null" by the type. */
function withoutNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullable);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as { nullable?: unknown; type?: unknown };
  const typed = nullable === true && typeof rest.type === 'string' ? { ...rest, type: [rest.type, 'null'] } : rest;
  return Object.fromEntries(Object.entries(typed).map(([key, inner]) => [key, withoutNullable(inner)]));
}
