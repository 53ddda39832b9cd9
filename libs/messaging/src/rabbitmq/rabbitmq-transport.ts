import { RETRY_TIERS_MS } from '@computalot/contracts';
import { ownedQueues } from '../consuming/owned-queues.js';
import { TransportStrategy } from '../consuming/transport-strategy.js';
import { QueueNames } from '../queue-names.js';
import type { ConsumedQueue, Transport, TransportOptions } from '../transport.js';
import { newCounts, type TransportCounts } from '../transport-counts.js';
import { Topology } from './declare-topology.js';
import { RabbitMqConsuming } from './rabbitmq-consuming.js';
import { RabbitMqPublisher } from './rabbitmq-publisher.js';

const PUBLISH_TIMEOUT_MS = 30_000;

/** A transport on RabbitMQ: one connection to publish, one to consume, so that a slow consumer never holds up a publisher. */
export class RabbitMqTransport implements Transport {
  readonly publisher: RabbitMqPublisher;
  readonly strategy: TransportStrategy;
  private readonly consumer: RabbitMqConsuming;
  private readonly totals = newCounts();
  private closed: Promise<void> | undefined;

  constructor(options: TransportOptions) {
    const { url, namespace, receiverId, services } = options;
    const validate = options.validate ?? true;
    const owned = ownedQueues(services, receiverId);
    const topology = new Topology(new QueueNames(namespace), options.retryTiersMs ?? RETRY_TIERS_MS);
    const shared = { url, topology, counts: this.totals };
    const name = [namespace, ...services, receiverId].filter(Boolean).join(' ') || 'computalot';
    this.publisher = new RabbitMqPublisher({
      ...shared,
      name: `${name} (publish)`,
      validate,
      timeoutMs: options.publishTimeoutMs ?? PUBLISH_TIMEOUT_MS,
    });
    this.consumer = new RabbitMqConsuming(owned, { ...shared, name: `${name} (consume)`, publisher: this.publisher });
    this.strategy = new TransportStrategy(owned, this.consumer, validate);
  }

  isConnected(): boolean {
    return this.closed === undefined && this.publisher.isConnected() && this.consumer.isComplete;
  }

  consuming(): ConsumedQueue[] {
    return this.consumer.state();
  }

  counts(): TransportCounts {
    return { ...this.totals };
  }

  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    await this.consumer.stop();
    await this.publisher.close();
  }
}
