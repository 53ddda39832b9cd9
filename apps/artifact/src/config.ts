import { DEFAULT_RESULT_TTL_S } from '@computalot/contracts';
import { LOG_LEVELS } from '@computalot/service-host';
import { Type } from '@sinclair/typebox';

/** Environment of the artifact service. */
export const artifactConfig = Type.Object({
  DATABASE_URL: Type.String({ description: 'postgresql://user:password@host:port/database' }),
  BROKER_URL: Type.String({ description: 'amqp://user:password@host:port' }),
  OBJECT_STORE_URL: Type.String({ description: 's3://ACCESS:SECRET@host:port/bucket?ssl=false&region=us-east-1' }),
  DATABASE_CONNECTIONS: Type.Integer({ minimum: 2, default: 10, description: 'size of the connection pool' }),
  BROKER_NAMESPACE: Type.String({ default: '', description: 'prefix of every queue and exchange' }),
  COMPUTALOT_RESULT_TTL_S: Type.Integer({
    minimum: 0,
    default: DEFAULT_RESULT_TTL_S,
    description: 'seconds after its end for which a job and its data are kept, 0 for ever',
  }),
  HOST: Type.String({ default: '127.0.0.1', description: 'address of health and metrics' }),
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 0,
    description: 'port of health and metrics, 0 for a free one',
  }),
  LOG_LEVEL: Type.Union(
    LOG_LEVELS.map((level) => Type.Literal(level)),
    { default: 'info', description: LOG_LEVELS.join(', ') },
  ),
  COMPUTALOT_SECRETS_KEY: Type.String({
    description: '32 bytes in base64 that seal account secrets; several for rotation, the first seals',
  }),
  METRICS_TOKEN: Type.Optional(Type.String({ description: 'lets others than loopback read /metrics' })),
});
