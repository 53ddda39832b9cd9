import { Type } from '@sinclair/typebox';

/** Environment of a worker. */
export const workerConfig = Type.Object({
  BROKER_URL: Type.String({ description: 'amqp://user:password@host:port' }),
  LIVE_URL: Type.String({ description: 'redis://host:port' }),
  BROKER_NAMESPACE: Type.String({ default: '', description: 'prefix of every queue and exchange' }),
  WORKER_NAME: Type.Optional(Type.String({ description: 'shown to operators; default: the host name' })),
  WORKER_DATA_DIR: Type.String({
    default: '.computalot/worker',
    description: 'slots, unpacked revisions, spooled output; one worker each',
  }),
  WORKER_LABELS: Type.String({
    default: '{}',
    description: 'JSON object of strings that requirements.labels are matched with',
  }),
  WORKER_CPU: Type.Optional(Type.Number({ minimum: 0, description: 'cores offered; default: all of the machine' })),
  WORKER_MEMORY_GB: Type.Optional(Type.Number({ minimum: 0, description: 'default: all of the machine or container' })),
  WORKER_STORAGE_GB: Type.Optional(
    Type.Number({ minimum: 0, description: 'default: free space of the data directory, less WORKER_CACHE_GB' }),
  ),
  WORKER_GPU: Type.Optional(Type.Integer({ minimum: 0, description: 'default: the NVIDIA GPUs found' })),
  WORKER_GPU_MEMORY_GB: Type.Optional(Type.Number({ minimum: 0, description: 'per GPU' })),
  WORKER_MAX_SLOTS: Type.Optional(Type.Integer({ minimum: 1, description: 'attempts at once, whatever they require' })),
  WORKER_TASK_UID: Type.Optional(
    Type.Integer({ minimum: 1, description: 'user of the tasks when the worker runs as root; default 20000' }),
  ),
  WORKER_TASK_PATH: Type.Optional(
    Type.String({ description: "PATH of the tasks; default: the system's and the worker's own" }),
  ),
  WORKER_DRAIN_S: Type.Optional(
    Type.Number({ minimum: 0, maximum: 3600, description: 'what running attempts get after SIGTERM' }),
  ),
  WORKER_CACHE_GB: Type.Optional(
    Type.Number({
      minimum: 0,
      description:
        'unpacked revisions and prepared runtimes kept on disk; default 20, at most a quarter of what is free',
    }),
  ),
  WORKER_INIT_TIMEOUT_S: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      description: 'what runtime.init and validation of a revision may take; default 1800',
    }),
  ),
  COMPUTALOT_SANDBOX: Type.Union(
    (['auto', 'namespaces', 'subreaper'] as const).map((mode) => Type.Literal(mode)),
    { default: 'auto', description: 'auto takes namespaces where they can be had' },
  ),
  COMPUTALOT_EXECUTOR: Type.Union([Type.Literal('process'), Type.Literal('none')], {
    default: 'process',
    description: 'none starts nothing: for measuring the platform',
  }),
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
