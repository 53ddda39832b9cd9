import { Database, DatabaseModule } from '@computalot/database';
import { createTransport, MessagingModule } from '@computalot/messaging';
import { loadConfig, runService, startOrExit } from '@computalot/service-host';
import { notifierConfig } from './config.js';
import { NotifierModule } from './notifier.module.js';

startOrExit(async () => {
  const config = loadConfig(notifierConfig, process.env);
  const database = new Database({
    url: config.DATABASE_URL,
    maxConnections: config.DATABASE_CONNECTIONS,
    applicationName: 'computalot-notifier',
  });
  const transport = createTransport({
    url: config.BROKER_URL,
    services: ['notifier'],
    namespace: config.BROKER_NAMESPACE,
  });
  await runService({
    name: 'notifier',
    imports: [
      DatabaseModule.forRoot(database),
      MessagingModule.forRoot(transport),
      NotifierModule.forRoot({ allowPrivate: config.COMPUTALOT_WEBHOOK_ALLOW_PRIVATE }),
    ],
    transport,
    readiness: { database: async () => void (await database.query('SELECT 1')) },
    http: { host: config.HOST, port: config.PORT },
    logLevel: config.LOG_LEVEL,
    ...(config.METRICS_TOKEN === undefined ? {} : { metricsToken: config.METRICS_TOKEN }),
  });
});
