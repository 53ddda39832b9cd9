import { Logger } from '@nestjs/common';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { BatchConsumer } from '../consuming/batch-consumer.js';
import { decideSettlement } from '../consuming/decide-settlement.js';
import type { HandlersOfQueues } from '../consuming/delivery.js';
import type { OwnedQueue } from '../consuming/owned-queues.js';
import type { Outcome } from '../handle-message.js';
import { PREFETCH_BATCHES } from '../queue-bounds.js';
import type { TransportCounts } from '../transport-counts.js';
import type { Topology } from './declare-topology.js';
import type { RabbitMqPublisher } from './rabbitmq-publisher.js';
import { AmqpDelivery, header } from './wire-format.js';

export interface QueueSubscriptionOptions {
  readonly topology: Topology;
  readonly publisher: RabbitMqPublisher;
  readonly counts: TransportCounts;
  readonly handlers: HandlersOfQueues;
  /** Something that only a new connection repairs. */
  readonly reset: (reason: string) => void;
}

/** A delivery is settled on the channel that brought it, or not at all: on a new connection the broker brings it again. */
class ChannelDelivery extends AmqpDelivery {
  constructor(
    message: ConsumeMessage,
    readonly channel: Channel,
  ) {
    super(message);
  }
}

/** This process's consumer of one owned queue, across connections. */
export class QueueSubscription {
  readonly name: string;
  private readonly logger = new Logger(QueueSubscription.name);
  private readonly consumer: BatchConsumer<ChannelDelivery>;
  private channel: Channel | undefined;
  private consumerTag: string | undefined;

  constructor(
    private readonly owned: OwnedQueue,
    private readonly options: QueueSubscriptionOptions,
  ) {
    this.name = options.topology.names.queue(owned.definition, owned.receiverId);
    this.consumer = new BatchConsumer({
      batch: owned.definition.batch,
      waits: owned.definition.delivery === 'durable',
      handlers: options.handlers.get(owned.definition.name) ?? new Map(),
      settle: (batch, outcomes) => this.settle(batch, outcomes),
    });
  }

  /** True while the broker has a consumer of ours on this queue and its handler answers. */
  get alive(): boolean {
    return this.consumerTag !== undefined && !this.consumer.hung;
  }

  async open(model: ChannelModel): Promise<void> {
    const { definition, receiverId } = this.owned;
    const channel = await model.createChannel();
    channel.on('error', (error) => this.logger.warn(`${this.name}: ${error.message}`));
    channel.on('close', () => this.interrupted(channel, 'its channel was closed'));
    this.channel = channel;
    await this.options.topology.declareQueue(channel, definition, receiverId);
    await channel.prefetch(definition.batch * PREFETCH_BATCHES);
    const { consumerTag } = await channel.consume(this.name, (message) => this.receive(message, channel));
    if (this.channel === channel) this.consumerTag = consumerTag;
  }

  /** The connection is gone: what waits here will come again. */
  lost(): void {
    this.channel = undefined;
    this.consumerTag = undefined;
    this.consumer.clear();
  }

  async stop(): Promise<void> {
    const { channel, consumerTag } = this;
    this.consumerTag = undefined;
    if (channel && consumerTag) await channel.cancel(consumerTag).catch(() => undefined);
    await this.consumer.stop();
    // Closing gives back what was delivered and not handed over.
    this.channel = undefined;
    await channel?.close().catch(() => undefined);
  }

  private receive(message: ConsumeMessage | null, channel: Channel): void {
    if (message) this.consumer.push(new ChannelDelivery(message, channel));
    else this.interrupted(channel, 'the broker cancelled the consumer');
  }

  private interrupted(channel: Channel, reason: string): void {
    if (this.channel !== channel) return;
    this.lost();
    this.options.reset(`${this.name}: ${reason}`);
  }

  private async settle(batch: readonly ChannelDelivery[], outcomes: readonly Outcome[]): Promise<void> {
    const last = batch.at(-1) as ChannelDelivery;
    try {
      await Promise.all(batch.map((delivery, at) => this.settleOne(delivery, outcomes[at] as Outcome)));
      // Batches of a queue are handled one at a time in order, so all before the last one is settled too.
      if (this.channel === last.channel) last.channel.ack(last.message, true);
    } catch (error) {
      if (this.channel === last.channel) this.interrupted(last.channel, `could not settle a batch: ${String(error)}`);
    }
  }

  /** Resolves when the acknowledgement may go: what is to come back or to be kept as a dead letter lies in its queue by then. */
  private async settleOne(delivery: ChannelDelivery, outcome: Outcome): Promise<void> {
    const { publisher, counts, topology } = this.options;
    if (this.channel !== delivery.channel) return;
    const { delivery: deliveryClass } = this.owned.definition;
    const settlement = decideSettlement(outcome, deliveryClass, delivery.failures, topology.tiersMs);
    if (settlement.kind === 'done') counts.handled += 1;
    if (settlement.kind === 'dropped') counts.dropped += 1;
    if (settlement.kind === 'retry') {
      const wire = delivery.forward({ [header.failures]: settlement.failures });
      await publisher.retryWire(this.name, settlement.delayMs, wire);
    }
    if (settlement.kind === 'dead') {
      const { reason, attempts } = settlement;
      this.logger.error(`dead letter: ${delivery.type} of ${this.name} after ${attempts} tries: ${reason}`);
      const more = { [header.reason]: reason, [header.origin]: this.name, [header.attempts]: attempts };
      await publisher.deadLetterWire(delivery.forward(more));
    }
  }
}
