import { queues, RETRY_TIERS_MS, type QueueDefinition } from '@computalot/contracts';
import { decodeId, idPrefixes } from '@computalot/kernel';
import { QueueNames } from '@computalot/messaging';
import { connect, type ChannelModel } from 'amqplib';
import { Redis } from 'ioredis';
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
    for (const name of queueNames(backends.brokerNamespace, workerIds)) await purge(broker, name);
  } finally {
    await broker.close();
  }
  await removeFeeds(backends.liveUrl, jobIds);
}

function queueNames(namespace: string, workerIds: readonly string[]): string[] {
  const names = new QueueNames(namespace);
  const workers = workerIds.map((id) => decodeId(idPrefixes.worker, id)).filter((id) => id !== null);
  return (queues as readonly QueueDefinition[]).flatMap((definition) => {
    if (definition.addressed) return workers.map((id) => names.queue(definition, id));
    const name = names.queue(definition);
    return [name, ...RETRY_TIERS_MS.map((delay) => names.retry(name, delay))];
  });
}

/** A queue that is not there costs its channel, hence one each. */
async function purge(broker: ChannelModel, name: string): Promise<void> {
  const channel = await broker.createChannel();
  channel.on('error', () => undefined);
  const purged = await channel.purgeQueue(name).catch(() => null);
  if (purged) await channel.close();
}

async function removeFeeds(url: string, jobIds: readonly string[]): Promise<void> {
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
