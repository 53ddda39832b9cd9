import type { QueueDefinition } from '@computalot/contracts';
import type { Channel, Options } from 'amqplib';
import { eventQueues } from '../message-catalogue.js';
import {
  ADDRESSED_EXPIRES_MS,
  BEST_EFFORT_MAX_LENGTH,
  CRASH_DELIVERY_LIMIT,
  DEAD_LETTERS_MAX_LENGTH,
} from '../queue-bounds.js';
import type { QueueNames } from '../queue-names.js';

/** Declares what exists on the broker, for consumers and publishers alike: whoever comes first creates it, all say the same. */
export class Topology {
  constructor(
    readonly names: QueueNames,
    readonly tiersMs: readonly number[],
  ) {}

  async declareQueue(channel: Channel, definition: QueueDefinition, receiverId?: string): Promise<void> {
    const name = this.names.queue(definition, receiverId);
    if (definition.delivery === 'best_effort') {
      await channel.assertQueue(name, bestEffortQueue(definition));
      return;
    }
    await this.declareDeadLetters(channel);
    await channel.assertQueue(name, quorumQueue(this.names.deadLetters, { 'x-delivery-limit': CRASH_DELIVERY_LIMIT }));
    for (const delayMs of this.tiersMs) await this.declareRetry(channel, name, delayMs);
    if (definition.events) await this.bindEvents(channel, name, definition.events);
  }

  /** The exchange with every queue bound to it, so that an event published before its first consumer ever ran is kept for it. */
  async declareEvents(channel: Channel): Promise<void> {
    await this.declareExchange(channel);
    for (const definition of eventQueues) await this.declareQueue(channel, definition);
  }

  async declareRetry(channel: Channel, queueName: string, delayMs: number): Promise<void> {
    await channel.assertQueue(
      this.names.retry(queueName, delayMs),
      quorumQueue(queueName, { 'x-message-ttl': delayMs }),
    );
  }

  async declareDeadLetters(channel: Channel): Promise<void> {
    await channel.assertQueue(this.names.deadLetters, {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-max-length': DEAD_LETTERS_MAX_LENGTH, 'x-overflow': 'drop-head' },
    });
  }

  private async declareExchange(channel: Channel): Promise<void> {
    await channel.assertExchange(this.names.eventExchange, 'topic', { durable: true });
  }

  private async bindEvents(channel: Channel, queueName: string, routingKeys: readonly string[]): Promise<void> {
    await this.declareExchange(channel);
    for (const key of routingKeys) await channel.bindQueue(queueName, this.names.eventExchange, key);
  }
}

/** Survives the loss of a node; what expires or comes back too often goes on to `next`, confirmed by it. */
function quorumQueue(next: string, more: Record<string, number>): Options.AssertQueue {
  return {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': next,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
      ...more,
    },
  };
}

function bestEffortQueue({ addressed }: QueueDefinition): Options.AssertQueue {
  return {
    durable: false,
    arguments: {
      'x-max-length': BEST_EFFORT_MAX_LENGTH,
      'x-overflow': 'drop-head',
      ...(addressed ? { 'x-expires': ADDRESSED_EXPIRES_MS } : {}),
    },
  };
}
