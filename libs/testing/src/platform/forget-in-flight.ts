import { decodeId, idPrefixes } from '@computalot/kernel';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { onEachQueue, queueNames } from './platform-queues.js';
import type { Platform } from './platform.js';

export interface InFlight {
  /** Public ids of the workers whose queues are purged too. */
  readonly workerIds: readonly string[];
  /** Public ids of the jobs whose live feeds are removed. */
  readonly jobIds: readonly string[];
}

/** Fault injection: every queue of the platform is purged and the live feeds of the jobs are gone. Postgres alone still knows. */
export async function forgetInFlight({ backends }: Platform, { workerIds, jobIds }: InFlight): Promise<void> {
  if (!backends) throw new Error('only the distributed shape has a broker to purge');
  const broker = await connect(backends.brokerUrl);
  try {
    const workers = workerIds.map((id) => decodeId(idPrefixes.worker, id)).filter((id) => id !== null);
    const names = queueNames(backends.brokerNamespace, workers);
    await onEachQueue(broker, names, (channel, name) => channel.purgeQueue(name));
  } finally {
    await broker.close();
  }
  await forgetFeeds(backends.liveUrl, jobIds);
}

/** Fault injection: the live feeds of the jobs (public ids) are gone. */
export async function forgetFeeds(url: string, jobIds: readonly string[]): Promise<void> {
  const redis = new Redis(url);
  try {
    for (const jobId of jobIds) {
      const keys = await redis.keys(`*${decodeId(idPrefixes.job, jobId) ?? jobId}*`);
      if (keys.length > 0) await redis.del(...keys);
    }
  } finally {
    redis.disconnect();
  }
}
