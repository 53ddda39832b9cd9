import { randomUUID } from 'node:crypto';
import { DEAD_LETTER_QUEUE, queues, type QueueDefinition } from '@computalot/contracts';
import { connect, type ConsumeMessage } from 'amqplib';
import { Seen, type ConformanceBroker } from './conformance-transport.js';
import { createTransport } from '../create-transport.js';
import type { DeadLetter } from '../publisher.js';
import { QueueNames } from '../queue-names.js';
import type { TransportOptions } from '../transport.js';
import { Topology } from '../rabbitmq/declare-topology.js';
import { header } from '../rabbitmq/wire-format.js';

/** TEST_BROKER_URL, else the local broker. */
export const TEST_BROKER_URL = process.env.TEST_BROKER_URL ?? 'amqp://guest:guest@127.0.0.1:5672';

export interface RabbitMqHarness extends ConformanceBroker {
  readonly namespace: string;
  /** Name on the broker. */
  queueName(name: string): string;
  /** `action` on a channel of its own, not through the transport under test. */
  purge(name: string): Promise<void>;
  deleteQueue(name: string): Promise<void>;
}

/** A namespace of its own on a real broker; `url` when the transports are to go through a proxy. */
export async function createRabbitMqHarness(url = TEST_BROKER_URL): Promise<RabbitMqHarness> {
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const names = new QueueNames(namespace);
  const used: Pick<TransportOptions, 'receiverId' | 'retryTiersMs'>[] = [];
  const model = await connect(TEST_BROKER_URL, { noDelay: true });
  const channel = await model.createChannel();
  await new Topology(names, []).declareDeadLetters(channel);
  const letters = new Seen<ConsumeMessage>();
  await channel.consume(names.deadLetters, (message) => message && letters.add(message), { noAck: true });
  let taken = 0;

  const owned = (): string[] =>
    (queues as readonly QueueDefinition[]).flatMap((definition) =>
      [{}, ...used].flatMap(({ receiverId, retryTiersMs = [] }: (typeof used)[number]) => {
        const name = names.queue(definition, receiverId);
        return [name, ...retryTiersMs.map((delayMs) => names.retry(name, delayMs))];
      }),
    );

  return {
    namespace,
    queueName: (name) => `${namespace}.${name}`,
    createTransport: (options) => {
      used.push(options);
      return createTransport({ ...options, url, namespace });
    },
    takeDeadLetter: async () => {
      await letters.atLeast(taken + 1);
      return toDeadLetter(letters.items[taken++] as ConsumeMessage);
    },
    purge: async (name) => void (await channel.purgeQueue(`${namespace}.${name}`)),
    deleteQueue: async (name) => void (await channel.deleteQueue(`${namespace}.${name}`)),
    remove: async () => {
      for (const name of new Set([...owned(), names.queue({ name: DEAD_LETTER_QUEUE } as QueueDefinition)])) {
        await channel.deleteQueue(name);
      }
      await channel.deleteExchange(names.eventExchange);
      await model.close();
    },
  };
}

function toDeadLetter({ content, properties }: ConsumeMessage): DeadLetter {
  const headers = properties.headers ?? {};
  return {
    type: String(properties.type),
    body: parsed(content.toString()),
    reason: String(headers[header.reason]),
    origin: String(headers[header.origin]),
    attempts: Number(headers[header.attempts]),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
