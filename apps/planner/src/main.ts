import { Database, DATABASE, DatabaseModule, outboxSource } from '@computalot/database';
import { LiveFeedModule, createLiveFeed } from '@computalot/live-feed';
import { MessagingModule, createTransport } from '@computalot/messaging';
import { ObjectStoreModule, createObjectStore } from '@computalot/object-store';
import { loadConfig, runService, startOrExit } from '@computalot/service-host';
import { plannerConfig } from './config.js';
import { PlannerModule } from './planner.module.js';

startOrExit(async () => {
  const config = loadConfig(plannerConfig, process.env);
  const database = new Database({
    url: config.DATABASE_URL,
    maxConnections: config.DATABASE_CONNECTIONS,
    applicationName: 'computalot-planner',
  });
  const transport = createTransport({
    url: config.BROKER_URL,
    services: ['planner'],
    namespace: config.BROKER_NAMESPACE,
  });
  const feed = createLiveFeed({ url: config.LIVE_URL });
  const objects = createObjectStore({ url: config.OBJECT_STORE_URL });

  await runService({
    name: 'planner',
    imports: [
      DatabaseModule.forRoot(database),
      MessagingModule.forRoot(transport, { outbox: { inject: [DATABASE], useFactory: outboxSource } }),
      LiveFeedModule.forRoot(feed),
      ObjectStoreModule.forRoot(objects),
      PlannerModule,
    ],
    transport,
    readiness: {
      database: async () => void (await database.query('SELECT 1')),
      object_store: () => objects.ensureReady(),
      live_feed: () => {
        if (!feed.isConnected()) throw new Error('not connected');
      },
    },
    http: { host: config.HOST, port: config.PORT },
    logLevel: config.LOG_LEVEL,
    ...(config.METRICS_TOKEN === undefined ? {} : { metricsToken: config.METRICS_TOKEN }),
  });
});
