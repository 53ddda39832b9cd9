import {
  Database,
  DATABASE,
  DatabaseModule,
  ensureAdminKey,
  outboxSource,
  SecretKeys,
  SecretsModule,
} from '@computalot/database';
import { newUuid } from '@computalot/kernel';
import { createLiveFeed, LiveFeedModule } from '@computalot/live-feed';
import { createTransport, MessagingModule } from '@computalot/messaging';
import { createObjectStore, ObjectStoreModule } from '@computalot/object-store';
import { loadConfig, runService, startOrExit } from '@computalot/service-host';
import { gatewayConfig } from './config.js';
import { createGatewayAdapter } from './create-gateway-adapter.js';
import { externalSources, SHIPPED_RECIPES } from './gateway-options.js';
import { GatewayModule } from './gateway.module.js';
import { rateLimitsOf } from './limit-rate/rate-limit-options.js';

startOrExit(async () => {
  const config = loadConfig(gatewayConfig, process.env);
  const database = new Database({
    url: config.DATABASE_URL,
    maxConnections: config.DATABASE_CONNECTIONS,
    applicationName: 'computalot-api-gateway',
  });
  const gatewayId = newUuid();
  const transport = createTransport({
    url: config.BROKER_URL,
    services: ['api-gateway'],
    receiverId: gatewayId,
    namespace: config.BROKER_NAMESPACE,
  });
  const feed = createLiveFeed({ url: config.LIVE_URL });
  const objects = createObjectStore({ url: config.OBJECT_STORE_URL });
  const { generated } = await ensureAdminKey(database, config.COMPUTALOT_ADMIN_KEY);

  await runService({
    name: 'api-gateway',
    imports: [
      DatabaseModule.forRoot(database),
      SecretsModule.forRoot(new SecretKeys(config.COMPUTALOT_SECRETS_KEY)),
      MessagingModule.forRoot(transport, { outbox: { inject: [DATABASE], useFactory: outboxSource } }),
      LiveFeedModule.forRoot(feed),
      ObjectStoreModule.forRoot(objects),
      GatewayModule.withOptions({
        gatewayId,
        recipesDir: config.COMPUTALOT_RECIPES_DIR ?? SHIPPED_RECIPES,
        rateLimits: rateLimitsOf(config, config.LIVE_URL),
        auditTtlS: config.COMPUTALOT_AUDIT_TTL_S,
        externalSources: externalSources(config.COMPUTALOT_EXTERNAL_ALLOW_PRIVATE),
      }),
    ],
    transport,
    readiness: {
      database: async () => void (await database.query('SELECT 1')),
      object_store: () => objects.ensureReady(),
      live_feed: () => {
        if (!feed.isConnected()) throw new Error('not connected');
      },
    },
    http: {
      host: config.HOST,
      port: config.PORT,
      adapter: createGatewayAdapter({ trustedProxies: config.COMPUTALOT_TRUSTED_PROXIES }),
    },
    logLevel: config.LOG_LEVEL,
    ...(config.METRICS_TOKEN === undefined ? {} : { metricsToken: config.METRICS_TOKEN }),
    // Not through the log: it would stay there.
    onReady: () => void (generated && process.stdout.write(`Admin key (shown once): ${generated}\n`)),
  });
});
