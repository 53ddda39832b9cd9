import { RETRY_TIERS_MS } from '@computalot/contracts';
import type { HandlersOfQueues } from '../consuming/delivery.js';
import { ownedQueues, type OwnedQueue } from '../consuming/owned-queues.js';
import { TransportStrategy, type Consuming } from '../consuming/transport-strategy.js';
import { QueueNames } from '../queue-names.js';
import type { ConsumedQueue, Transport, TransportOptions } from '../transport.js';
import { newCounts, type TransportCounts } from '../transport-counts.js';
import { InProcessBroker } from './in-process-broker.js';
import { InProcessPublisher } from './in-process-publisher.js';
import { InProcessSubscription, type InProcessSubscriptionOptions } from './in-process-subscription.js';

class InProcessConsuming implements Consuming {
  private subscriptions: InProcessSubscription[] = [];
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly owned: readonly OwnedQueue[],
    private readonly options: Omit<InProcessSubscriptionOptions, 'handlers'>,
  ) {}

  async start(handlers: HandlersOfQueues): Promise<void> {
    if (this.stopped) throw new Error('the transport is closed');
    this.subscriptions = this.owned.map((queue) => new InProcessSubscription(queue, { ...this.options, handlers }));
  }

  async stop(): Promise<void> {
    this.stopped ??= Promise.all(this.subscriptions.map((subscription) => subscription.stop())).then(() => undefined);
    await this.stopped;
  }

  state(): ConsumedQueue[] {
    return this.subscriptions.map(({ name, alive }) => ({ queue: name, alive: alive && this.stopped === undefined }));
  }
}

/** A transport on the broker that this process holds under the name in the URL. */
export class InProcessTransport implements Transport {
  readonly publisher: InProcessPublisher;
  readonly strategy: TransportStrategy;
  private readonly brokerName: string;
  private readonly consumer: InProcessConsuming;
  private readonly totals = newCounts();
  private closed: Promise<void> | undefined;

  constructor(options: TransportOptions) {
    this.brokerName = new URL(options.url).pathname;
    const broker = InProcessBroker.acquire(this.brokerName);
    const shared = { broker, names: new QueueNames(options.namespace), counts: this.totals };
    const validate = options.validate ?? true;
    const owned = ownedQueues(options.services, options.receiverId);
    this.publisher = new InProcessPublisher({ ...shared, validate });
    this.consumer = new InProcessConsuming(owned, { ...shared, tiersMs: options.retryTiersMs ?? RETRY_TIERS_MS });
    this.strategy = new TransportStrategy(owned, this.consumer, validate);
  }

  isConnected(): boolean {
    return this.closed === undefined;
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
    this.publisher.close();
    InProcessBroker.release(this.brokerName);
  }
}
