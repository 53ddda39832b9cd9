import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '../test-database.js';
import { freePort } from './free-port.js';
import { removeNamespace } from './platform-queues.js';
import { newAdminKey, placementOf, type Platform, type PlatformBackends, type PlatformOptions } from './platform.js';
import { ServiceProcess, type ServiceProcessOptions } from './service-process.js';

const services = ['api-gateway', 'planner', 'scheduler', 'artifact', 'notifier'] as const;

/** Where the real services are; the database is made for this platform, the others are shared and kept apart by names. */
export type RealServices = Pick<PlatformBackends, 'brokerUrl' | 'liveUrl' | 'objectStoreUrl'>;

/** Every service its own process, two workers, over real Postgres, RabbitMQ, Redis and S3. */
export async function startDistributed(real: RealServices, options: PlatformOptions = {}): Promise<Platform> {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-distributed-'));
  // Tasks of root's workers run as other users, who must be able to walk through.
  await chmod(folder, 0o711);
  const { url: databaseUrl, drop } = await createTestDatabase({ maxConnections: 1 });
  const backends = { ...real, databaseUrl, brokerNamespace: `test-${randomUUID().slice(0, 8)}` };
  const adminKey = newAdminKey();
  const plan = await planProcesses(folder, backends, adminKey, options);
  const processes = new Map<string, ServiceProcess>();
  const start = async (name: string): Promise<void> => {
    const settings = plan.get(name);
    if (!settings) throw new Error(`no process ${name}`);
    const service = new ServiceProcess(settings);
    processes.set(name, service);
    await service.ready();
  };
  const stop = async (): Promise<Record<string, number | string>> => {
    // Workers first: they hand their leases back to a scheduler that still listens.
    const ends: Record<string, number | string> = {};
    for (const group of [[...processes].filter(isWorker), [...processes].filter((entry) => !isWorker(entry))]) {
      await Promise.all(group.map(async ([name, service]) => void (ends[name] = await service.stop())));
    }
    await drop();
    await removeNamespace(real.brokerUrl, backends.brokerNamespace);
    await rm(folder, { recursive: true, force: true });
    return ends;
  };
  try {
    await Promise.all([...plan.keys()].map(start));
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `http://127.0.0.1:${plan.get('api-gateway')?.port}`;
  const placement = placementOf(folder, ...[...plan.keys()].filter((name) => name.startsWith('worker')));
  return { shape: 'distributed', url, adminKey, processes, placement, backends, restart: start, stop };
}

const isWorker = ([name]: readonly [string, unknown]): boolean => name.startsWith('worker');

async function planProcesses(
  folder: string,
  backends: PlatformBackends,
  adminKey: string,
  options: PlatformOptions,
): Promise<Map<string, ServiceProcessOptions>> {
  const transport = {
    BROKER_URL: backends.brokerUrl,
    BROKER_NAMESPACE: backends.brokerNamespace,
    LIVE_URL: backends.liveUrl,
  };
  const trusted = { ...transport, DATABASE_URL: backends.databaseUrl, OBJECT_STORE_URL: backends.objectStoreUrl };
  const COMPUTALOT_SECRETS_KEY = randomBytes(32).toString('base64');
  const plan = new Map<string, ServiceProcessOptions>();
  const add = async (app: string, name: string, env: Record<string, string>): Promise<void> => {
    plan.set(name, { app, name, port: await freePort(), env: { ...options.env, ...env }, logFolder: folder });
  };
  for (const app of services)
    await add(app, app, { ...trusted, COMPUTALOT_SECRETS_KEY, COMPUTALOT_ADMIN_KEY: adminKey });
  for (let number = 1; number <= (options.workers ?? 2); number += 1) {
    const name = `worker-${number}`;
    // No database, no object store: a worker gets what it needs through the broker.
    await add('worker', name, { ...transport, WORKER_NAME: name, WORKER_DATA_DIR: join(folder, name) });
  }
  return plan;
}
