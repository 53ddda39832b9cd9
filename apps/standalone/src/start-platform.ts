import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createGatewayAdapter,
  externalSources,
  GatewayModule,
  rateLimitsOf,
  SHIPPED_RECIPES,
} from '@computalot/api-gateway';
import { ArtifactModule, retentionOf } from '@computalot/artifact';
import { DATABASE, DatabaseModule, outboxSource, SecretsModule, type Database } from '@computalot/database';
import { createLiveFeed, LiveFeedModule } from '@computalot/live-feed';
import { createTransport, MessagingModule } from '@computalot/messaging';
import { NotifierModule } from '@computalot/notifier';
import { createObjectStore, ObjectStoreModule } from '@computalot/object-store';
import { PlannerModule } from '@computalot/planner';
import { SchedulerModule } from '@computalot/scheduler';
import { runService, type RunningService } from '@computalot/service-host';
import { DrainWorker, loadWorkerId, WorkerModule } from '@computalot/worker';
import type { Logger } from 'pino';
import { loadSecretKeys, KEYS_FOLDER } from './load-secret-keys.js';
import type { StandaloneConfig } from './config.js';

export interface PlatformParts {
  readonly config: StandaloneConfig;
  readonly dataDir: string;
  readonly database: Database;
  readonly logger: Logger;
  /** Last of all, when nothing uses the database any more. */
  readonly afterClose: () => Promise<void>;
}

/** All services and one worker in this process. The modules are the ones that run alone elsewhere; nothing here but wiring. */
export async function startPlatform({
  config,
  dataDir,
  database,
  logger,
  afterClose,
}: PlatformParts): Promise<RunningService> {
  const workerDir = join(dataDir, 'worker');
  const workerId = loadWorkerId(workerDir);
  const transport = createTransport({
    url: config.BROKER_URL,
    services: ['api-gateway', 'planner', 'scheduler', 'artifact', 'notifier', 'worker'],
    receiverId: workerId,
    namespace: config.BROKER_NAMESPACE,
    // Both ends are this process.
    validate: false,
  });
  const feed = createLiveFeed({ url: config.LIVE_URL });
  mkdirSync(join(dataDir, 'objects'), { recursive: true, mode: 0o700 });
  const objects = createObjectStore({ url: config.OBJECT_STORE_URL ?? pathToFileURL(join(dataDir, 'objects')).href });
  // Tasks are other people's programs: they see nothing of what this process keeps.
  const worker = {
    workerId,
    name: 'standalone',
    dataDir: workerDir,
    executor: config.COMPUTALOT_EXECUTOR,
    ...(config.WORKER_MAX_SLOTS === undefined ? {} : { maxSlots: config.WORKER_MAX_SLOTS }),
    hidePaths: ['postgres', 'objects', KEYS_FOLDER].map((name) => join(dataDir, name)),
  };
  return runService({
    name: 'standalone',
    imports: [
      DatabaseModule.forRoot(database),
      SecretsModule.forRoot(loadSecretKeys(config.COMPUTALOT_SECRETS_KEY, dataDir)),
      MessagingModule.forRoot(transport, { outbox: { inject: [DATABASE], useFactory: outboxSource } }),
      LiveFeedModule.forRoot(feed),
      ObjectStoreModule.forRoot(objects),
      gatewayOf(config, workerId),
      PlannerModule,
      SchedulerModule,
      ArtifactModule.forRoot(retentionOf(config.COMPUTALOT_RESULT_TTL_S)),
      NotifierModule.forRoot({ allowPrivate: config.COMPUTALOT_WEBHOOK_ALLOW_PRIVATE }),
      WorkerModule.forRoot(worker),
    ],
    transport,
    readiness: {
      database: async () => void (await database.query('SELECT 1')),
      object_store: () => objects.ensureReady(),
      live_feed: () => {
        if (!feed.isConnected()) throw new Error('not connected');
      },
    },
    http: httpOf(config),
    logger,
    ...(config.METRICS_TOKEN === undefined ? {} : { metricsToken: config.METRICS_TOKEN }),
    beforeDrain: (app) => app.get(DrainWorker, { strict: false }).drain(),
    afterClose,
  });
}

const gatewayOf = (config: StandaloneConfig, gatewayId: string) =>
  GatewayModule.withOptions({
    gatewayId,
    recipesDir: config.COMPUTALOT_RECIPES_DIR ?? SHIPPED_RECIPES,
    rateLimits: rateLimitsOf(config, config.LIVE_URL),
    auditTtlS: config.COMPUTALOT_AUDIT_TTL_S,
    externalSources: externalSources(config.COMPUTALOT_EXTERNAL_ALLOW_PRIVATE),
  });

const httpOf = (config: StandaloneConfig) => ({
  host: config.COMPUTALOT_HOST,
  port: config.PORT,
  adapter: createGatewayAdapter({ trustedProxies: config.COMPUTALOT_TRUSTED_PROXIES }),
});
