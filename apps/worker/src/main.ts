import { LiveFeedModule, createLiveFeed } from '@computalot/live-feed';
import { MessagingModule, createTransport } from '@computalot/messaging';
import { loadConfig, runService, startOrExit } from '@computalot/service-host';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { workerConfig } from './config.js';
import { DrainWorker } from './drain-worker/drain-worker.service.js';
import { loadWorkerId } from './worker-id.js';
import { optionsOf } from './options-of-config.js';
import { WorkerModule } from './worker.module.js';

startOrExit(async () => {
  const config = loadConfig(workerConfig, process.env);
  const dataDir = resolve(config.WORKER_DATA_DIR);
  const workerId = loadWorkerId(dataDir);
  const identity = { workerId, name: config.WORKER_NAME ?? hostname(), dataDir };
  const options = optionsOf(config, identity, process.env['PATH']);
  const transport = createTransport({
    url: config.BROKER_URL,
    services: ['worker'],
    receiverId: workerId,
    namespace: config.BROKER_NAMESPACE,
  });
  const feed = createLiveFeed({ url: config.LIVE_URL });

  await runService({
    name: 'worker',
    imports: [MessagingModule.forRoot(transport), LiveFeedModule.forRoot(feed), WorkerModule.forRoot(options)],
    transport,
    readiness: {
      live_feed: () => {
        if (!feed.isConnected()) throw new Error('not connected');
      },
    },
    http: { host: config.HOST, port: config.PORT },
    logLevel: config.LOG_LEVEL,
    beforeDrain: (app) => app.get(DrainWorker, { strict: false }).drain(),
    ...(config.METRICS_TOKEN === undefined ? {} : { metricsToken: config.METRICS_TOKEN }),
  });
});
