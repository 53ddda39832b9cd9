import { DEFAULT_AUDIT_TTL_S, DEFAULT_RATE_LIMITS } from '@computalot/contracts';
import { Type } from '@sinclair/typebox';

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
  COMPUTALOT_RATE_LIMIT: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    default: DEFAULT_RATE_LIMITS.requests,
    description: 'requests of one account in each window',
  }),
  COMPUTALOT_RATE_LIMIT_WINDOW_S: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    default: DEFAULT_RATE_LIMITS.window_s,
    description: 'seconds of that window',
  }),
  COMPUTALOT_FAILED_AUTH_LIMIT: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    default: DEFAULT_RATE_LIMITS.failed_authentications,
    description: 'API keys that do not work which one address may present in a minute',
  }),
  COMPUTALOT_TRUSTED_PROXIES: Type.Optional(
    Type.String({
      description: 'addresses and networks of proxies, separated by commas, whose X-Forwarded-For is believed',
    }),
  ),
  COMPUTALOT_AUDIT_TTL_S: Type.Integer({
    minimum: 0,
    default: DEFAULT_AUDIT_TTL_S,
    description: 'seconds for which an entry of the audit log is kept, 0 for ever',
  }),
  COMPUTALOT_EXTERNAL_ALLOW_PRIVATE: Type.Boolean({
    default: false,
    description: 'true lets artifacts lie at private, loopback and link-local addresses',
  }),
  METRICS_TOKEN: Type.Optional(Type.String({ description: 'lets others than loopback read /metrics' })),
  COMPUTALOT_RECIPES_DIR: Type.Optional(
    Type.String({ description: 'folder of recipes; default: those that come with Computalot' }),
  ),
  COMPUTALOT_ADMIN_KEY: Type.Optional(
    Type.String({
      description:
        'admin key (flk_…) of the account "default", added when it is new; without it one is generated at first start',
    }),
  ),
});
