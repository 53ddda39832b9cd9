import type { ChannelModel } from 'amqplib';
import type { HandlersOfQueues } from '../consuming/delivery.js';
import type { OwnedQueue } from '../consuming/owned-queues.js';
import type { Consuming } from '../consuming/transport-strategy.js';
import type { ConsumedQueue } from '../transport.js';
import { BrokerConnection } from './broker-connection.js';
import { QueueSubscription, type QueueSubscriptionOptions } from './queue-subscription.js';

/** A service that starts before its broker goes on starting after this long, unready. */
const WAIT_FOR_BROKER_MS = 10_000;

export interface RabbitMqConsumingOptions extends Omit<QueueSubscriptionOptions, 'handlers' | 'reset'> {
  readonly url: string;
  readonly name: string;
}

/** Consumes the owned queues on a connection of its own, a channel each; after an interruption all of it is set up again. */
export class RabbitMqConsuming implements Consuming {
  private subscriptions: readonly QueueSubscription[] = [];
  private readonly connection: BrokerConnection;
  private started = false;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly owned: readonly OwnedQueue[],
    private readonly options: RabbitMqConsumingOptions,
  ) {
    this.connection = new BrokerConnection({
      url: options.url,
      name: options.name,
      onUp: (model) => this.openAll(model),
      onDown: () => this.subscriptions.forEach((subscription) => subscription.lost()),
    });
  }

  async start(handlers: HandlersOfQueues): Promise<void> {
    if (this.stopped) throw new Error('the transport is closed');
    this.started = true;
    const reset = (reason: string): void => this.connection.reset(reason);
    this.subscriptions = this.owned.map((queue) => new QueueSubscription(queue, { ...this.options, handlers, reset }));
    if (this.subscriptions.length === 0) return;
    this.connection.start();
    await this.firstUpWithin(WAIT_FOR_BROKER_MS);
  }

  async stop(): Promise<void> {
    this.stopped ??= this.drain();
    await this.stopped;
  }

  /** True when there is nothing to consume, or all of it is consumed. */
  get isComplete(): boolean {
    return !this.started || this.subscriptions.every(({ alive }) => alive);
  }

  state(): ConsumedQueue[] {
    return this.subscriptions.map(({ name, alive }) => ({ queue: name, alive }));
  }

  private async openAll(model: ChannelModel): Promise<void> {
    for (const subscription of this.subscriptions) {
      // A drain that is under way takes nothing more, whatever the connection does meanwhile.
      if (!this.stopped) await subscription.open(model);
    }
  }

  private async drain(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
    await this.connection.close();
  }

  private async firstUpWithin(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([this.connection.firstUp, late]);
    clearTimeout(timer);
  }
}
