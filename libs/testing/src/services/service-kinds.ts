import { randomUUID } from 'node:crypto';
import { createObjectStore } from '@computalot/object-store';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';

/** A service that tests need for real: where to look for it, how to try it, and the container that is it where Docker runs. */
export interface ServiceKind {
  /** As people call it. */
  readonly name: string;
  /** Variable that names its URL and ends the search. */
  readonly variable: string;
  /** Where an installation with its defaults listens. */
  readonly local: string;
  /** Where `scripts/services.mjs` starts it, when that is elsewhere. */
  readonly started?: string;
  /** Rejects when there is no such service at `url`. */
  readonly reach: (url: string) => Promise<void>;
  readonly container: {
    readonly image: string;
    readonly port: number;
    readonly env: Record<string, string>;
    readonly command?: string[];
  };
}

async function reachBroker(url: string): Promise<void> {
  const connection = await connect(url, { timeout: 2_000 });
  await connection.close();
}

async function reachRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 800,
    // Without it a refused connection keeps the process alive for two seconds more.
    disconnectTimeout: 50,
  });
  let reason: unknown;
  client.on('error', (error: unknown) => (reason = error));
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    // "Connection is closed" says less than why it was.
    throw reason ?? error;
  } finally {
    client.disconnect();
  }
}

/** Writes and removes an object: whatever answers on the port may be another web server. */
async function reachObjectStore(url: string): Promise<void> {
  const store = createObjectStore({ url });
  try {
    await store.ensureReady();
    const key = `reach/${randomUUID()}`;
    await store.put(key, Buffer.from('here'));
    await store.delete(key);
  } finally {
    await store.close();
  }
}

export const serviceKinds = {
  broker: {
    name: 'RabbitMQ',
    variable: 'TEST_BROKER_URL',
    local: 'amqp://guest:guest@127.0.0.1:5672',
    reach: reachBroker,
    container: { image: 'rabbitmq:4-alpine', port: 5672, env: {} },
  },
  live: {
    name: 'Redis',
    variable: 'TEST_LIVE_URL',
    local: 'redis://127.0.0.1:6379',
    reach: reachRedis,
    container: { image: 'redis:7-alpine', port: 6379, env: {} },
  },
  objectStore: {
    name: 'S3',
    variable: 'TEST_OBJECT_STORE_URL',
    local: 's3://minioadmin:minioadmin@127.0.0.1:9000/computalot-test?ssl=false',
    started: 's3://COMPUTALOTKEY:COMPUTALOTSECRET@127.0.0.1:45690/computalot-test?ssl=false',
    reach: reachObjectStore,
    container: {
      image: 'minio/minio',
      port: 9000,
      env: { MINIO_ROOT_USER: 'minioadmin', MINIO_ROOT_PASSWORD: 'minioadmin' },
      command: ['server', '/data'],
    },
  },
} as const satisfies Record<string, ServiceKind>;

export type ServiceName = keyof typeof serviceKinds;
