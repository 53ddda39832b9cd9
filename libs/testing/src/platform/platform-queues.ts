import { queues, RETRY_TIERS_MS, type QueueDefinition } from '@computalot/contracts';
import { QueueNames } from '@computalot/messaging';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import type { Platform } from './platform.js';

/** Every durable queue of a namespace, its retry queues, and the workers' own. */
export function queueNames(namespace: string, workerIds: readonly string[]): string[] {
  const names = new QueueNames(namespace);
  return (queues as readonly QueueDefinition[]).flatMap((definition) => {
    if (definition.addressed) return workerIds.map((id) => names.queue(definition, id));
    const name = names.queue(definition);
    return [name, ...RETRY_TIERS_MS.map((delay) => names.retry(name, delay))];
  });
}

/** Does one thing to each queue; one that is not there costs its channel, hence one each. */
export async function onEachQueue(
  broker: ChannelModel,
  names: readonly string[],
  act: (channel: Channel, name: string) => Promise<unknown>,
): Promise<void> {
  for (const name of names) {
    const channel = await broker.createChannel();
    channel.on('error', () => undefined);
    const done = await act(channel, name).catch(() => null);
    if (done) await channel.close();
  }
}

/** Removes all that a namespace left in the broker: quorum queues outlive everybody, and each keeps files open. */
export async function removeNamespace(brokerUrl: string, namespace: string): Promise<void> {
  const names = new QueueNames(namespace);
  const broker = await connect(brokerUrl);
  try {
    const left = [...queueNames(namespace, []), names.deadLetters];
    await onEachQueue(broker, left, (channel, name) => channel.deleteQueue(name));
    await onEachQueue(broker, [names.eventExchange], (channel, name) => channel.deleteExchange(name));
  } finally {
    await broker.close();
  }
}

/** Removes a queue that a consumer of events made for itself. */
export async function deleteQueue({ backends }: Platform, name: string): Promise<void> {
  if (!backends) throw new Error('only the distributed shape has a broker');
  const broker = await connect(backends.brokerUrl);
  try {
    await onEachQueue(broker, [name], (channel, queue) => channel.deleteQueue(queue));
  } finally {
    await broker.close();
  }
}
