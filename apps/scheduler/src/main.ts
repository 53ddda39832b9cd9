import { Database, DATABASE, DatabaseModule, outboxSource } from '@computalot/database';
import { LiveFeedModule, createLiveFeed } from '@computalot/live-feed';
import { MessagingModule, createTransport } from '@computalot/messaging';
import { loadConfig, runService, startOrExit } from '@computalot/service-host';
import { schedulerConfig } from './config.js';
import { SchedulerModule } from './scheduler.module.js';

startOrExit(async () => {
  const config = loadConfig(schedulerConfig, process.env);
  const database = new Database({
    url: config.DATABASE_URL,
    maxConnections: config.DATABASE_CONNECTIONS,
    applicationName: 'computalot-scheduler',
  });
  const transport = createTransport({
    url: config.BROKER_URL,
    services: ['scheduler'],
    namespace: config.BROKER_NAMESPACE,
  });
  const feed = createLiveFeed({ url: config.LIVE_URL });

  await runService({
    name: 'scheduler',
    imports: [
      DatabaseModule.forRoot(database),
      MessagingModule.forRoot(transport, { outbox: { inject: [DATABASE], useFactory: outboxSource } }),
      LiveFeedModule.forRoot(feed),
      SchedulerModule,
    ],
    transport,
    readiness: {
      database: async () => void (await database.query('SELECT 1')),
      live_feed: () => {
        if (!feed.isConnected()) throw new Error('not connected');
      },
    },
    http: { host: config.HOST, port: config.PORT },
    logLevel: config.LOG_LEVEL,
    ...(config.METRICS_TOKEN === undefined ? {} : { metricsToken: config.METRICS_TOKEN }),
  });
});
