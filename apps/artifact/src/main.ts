import { DATABASE, Database, DatabaseModule, outboxSource, SecretKeys, SecretsModule } from '@computalot/database';
import { createTransport, MessagingModule } from '@computalot/messaging';
import { createObjectStore, ObjectStoreModule } from '@computalot/object-store';
import { loadConfig, runService, startOrExit } from '@computalot/service-host';
import { ArtifactModule } from './artifact.module.js';
import { artifactConfig } from './config.js';
import { retentionOf } from './expire-jobs/retention.js';

startOrExit(async () => {
  const config = loadConfig(artifactConfig, process.env);
  const database = new Database({
    url: config.DATABASE_URL,
    maxConnections: config.DATABASE_CONNECTIONS,
    applicationName: 'computalot-artifact',
  });
  const objects = createObjectStore({ url: config.OBJECT_STORE_URL });
  const transport = createTransport({
    url: config.BROKER_URL,
    services: ['artifact'],
    namespace: config.BROKER_NAMESPACE,
  });
  await runService({
    name: 'artifact',
    imports: [
      DatabaseModule.forRoot(database),
      SecretsModule.forRoot(new SecretKeys(config.COMPUTALOT_SECRETS_KEY)),
      ObjectStoreModule.forRoot(objects),
      MessagingModule.forRoot(transport, { outbox: { inject: [DATABASE], useFactory: outboxSource } }),
      ArtifactModule.forRoot(retentionOf(config.COMPUTALOT_RESULT_TTL_S)),
    ],
    transport,
    readiness: {
      database: async () => void (await database.query('SELECT 1')),
      object_store: () => objects.ensureReady(),
    },
    http: { host: config.HOST, port: config.PORT },
    logLevel: config.LOG_LEVEL,
    ...(config.METRICS_TOKEN === undefined ? {} : { metricsToken: config.METRICS_TOKEN }),
  });
});
