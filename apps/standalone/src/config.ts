import { edgeVariables } from '@computalot/api-gateway';
import { DEFAULT_RESULT_TTL_S } from '@computalot/contracts';
import { LOG_LEVELS } from '@computalot/service-host';
import { Type, type Static } from '@sinclair/typebox';

/** Environment of standalone. Every variable may be left out. */
export const standaloneConfig = Type.Object({
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 8080, description: 'port of the API, 0 for a free one' }),
  COMPUTALOT_HOST: Type.String({ default: '127.0.0.1', description: 'address of the API' }),
  COMPUTALOT_DATA_DIR: Type.Optional(Type.String({ description: 'folder that keeps everything' })),
  COMPUTALOT_ADMIN_KEY: Type.Optional(
    Type.String({ pattern: '^flk_', description: 'an admin API key, "flk_" and at least 12 more characters' }),
  ),
  COMPUTALOT_LOG_LEVEL: Type.Union(
    LOG_LEVELS.map((level) => Type.Literal(level)),
    { default: 'warn', description: `what the terminal shows: ${LOG_LEVELS.join(', ')}` },
  ),
  DATABASE_URL: Type.Optional(
    Type.String({ description: 'postgresql://…; default: an embedded Postgres in the data folder' }),
  ),
  BROKER_URL: Type.String({ default: 'inproc:standalone', description: 'amqp://… or inproc:' }),
  BROKER_NAMESPACE: Type.String({ default: '', description: 'prefix of every queue and exchange' }),
  LIVE_URL: Type.String({ default: 'inproc:standalone', description: 'redis://… or inproc:' }),
  OBJECT_STORE_URL: Type.Optional(
    Type.String({ description: 's3://… or file:///…; default: a folder in the data folder' }),
  ),
  COMPUTALOT_EXECUTOR: Type.Union([Type.Literal('process'), Type.Literal('none')], {
    default: 'process',
    description: '"none" starts no programs: every task completes at once with the result null',
  }),
  WORKER_MAX_SLOTS: Type.Optional(
    Type.Integer({ minimum: 1, description: 'tasks at once, whatever they require; default: 4 a core, at least 8' }),
  ),
  COMPUTALOT_WEBHOOK_ALLOW_PRIVATE: Type.Boolean({
    default: false,
    description: 'true lets webhooks call private addresses',
  }),
  COMPUTALOT_SECRETS_KEY: Type.Optional(
    Type.String({
      description: '32 bytes in base64 that seal account secrets; default: a generated one in the data folder',
    }),
  ),
  COMPUTALOT_RESULT_TTL_S: Type.Integer({
    minimum: 0,
    default: DEFAULT_RESULT_TTL_S,
    description: 'seconds after its end for which a job and its data are kept, 0 for ever',
  }),
  ...edgeVariables,
});
export type StandaloneConfig = Static<typeof standaloneConfig>;
