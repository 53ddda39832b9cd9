import { DATABASE, PRISMA, SECRET_KEYS } from '@computalot/database';
import { LIVE_FEED } from '@computalot/live-feed';
import { OUTBOX_RELAY, PUBLISHER } from '@computalot/messaging';
import { OBJECT_STORE } from '@computalot/object-store';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { createGatewayAdapter } from '../create-gateway-adapter.js';
import { GatewayModule } from '../gateway.module.js';
import type { ApiDocument } from './api-document.js';
import { completeDocument } from './complete-document/complete-document.js';
import { tags } from './complete-document/tags.js';
import { schemas } from './schemas.js';

const DESCRIPTION = `Self-hosted, distributed batch compute: submit a job over HTTP, follow it live, read its results.

Errors are RFC 9457 problems with a stable \`code\` and a \`recommended_action\`. Lists take \`limit\` and \`cursor\` and answer \`next_cursor\`.
Times are RFC 3339 UTC; durations end in \`_s\`, sizes in \`_bytes\` and \`_gb\`.`;

/** The OpenAPI document as the code says it; needs no service, nothing is started. */
export async function buildDocument(): Promise<OpenAPIObject> {
  const adapters = [DATABASE, PRISMA, SECRET_KEYS, LIVE_FEED, PUBLISHER, OUTBOX_RELAY, OBJECT_STORE].map((provide) => ({
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
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'This installation')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, flk_…' })
    .build();
  config.tags = [...tags];
  const document = SwaggerModule.createDocument(app, config);
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...schemas } as never };
  return completeDocument(document as unknown as ApiDocument) as unknown as OpenAPIObject;
}
