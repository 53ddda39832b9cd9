import { Type } from '@sinclair/typebox';
import { edgeVariables } from './edge-variables.js';

/** Environment of the gateway. */
export const gatewayConfig = Type.Object({
  DATABASE_URL: Type.String({ description: 'postgresql://user:password@host:port/database' }),
  BROKER_URL: Type.String({ description: 'amqp://user:password@host:port' }),
  LIVE_URL: Type.String({ description: 'redis://host:port' }),
  OBJECT_STORE_URL: Type.String({ description: 's3://ACCESS:SECRET@host:port/bucket?ssl=false&region=us-east-1' }),
  DATABASE_CONNECTIONS: Type.Integer({ minimum: 4, default: 10, description: 'size of the connection pool' }),
  BROKER_NAMESPACE: Type.String({ default: '', description: 'prefix of every queue and exchange' }),
  HOST: Type.String({ default: '127.0.0.1', description: 'address of the public API' }),
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 8080,
    description: 'port of the public API, 0 for a free one',
  }),
  LOG_LEVEL: Type.Union(
    (['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const).map((level) => Type.Literal(level)),
    { default: 'info' },
  ),
  COMPUTALOT_SECRETS_KEY: Type.String({
    description: '32 bytes in base64 that seal account secrets; several for rotation, the first seals',
  }),
  COMPUTALOT_ADMIN_KEY: Type.Optional(
    Type.String({
      description:
        'admin key (flk_…) of the account "default", added when it is new; without it one is generated at first start',
    }),
  ),
  ...edgeVariables,
});
