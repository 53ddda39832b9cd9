import { Type } from '@sinclair/typebox';

/** Environment of the scheduler. */
export const schedulerConfig = Type.Object({
  DATABASE_URL: Type.String({ description: 'postgresql://user:password@host:port/database' }),
  BROKER_URL: Type.String({ description: 'amqp://user:password@host:port' }),
  LIVE_URL: Type.String({ description: 'redis://host:port' }),
  DATABASE_CONNECTIONS: Type.Integer({ minimum: 4, default: 10, description: 'size of the connection pool' }),
  BROKER_NAMESPACE: Type.String({ default: '', description: 'prefix of every queue and exchange' }),
  HOST: Type.String({ default: '127.0.0.1', description: 'address of health and metrics' }),
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 0,
    description: 'port of health and metrics, 0 for a free one',
  }),
  LOG_LEVEL: Type.Union(
    (['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const).map((level) => Type.Literal(level)),
    { default: 'info' },
  ),
  METRICS_TOKEN: Type.Optional(Type.String({ description: 'lets others than loopback read /metrics' })),
});
