import { Logger } from '@nestjs/common';
import { BatchConsumer } from '../consuming/batch-consumer.js';
import { decideSettlement } from '../consuming/decide-settlement.js';
import type { HandlersOfQueues } from '../consuming/delivery.js';
import type { OwnedQueue } from '../consuming/owned-queues.js';
import type { Outcome } from '../handle-message.js';
import { PREFETCH_BATCHES } from '../queue-bounds.js';
import type { QueueNames } from '../queue-names.js';
import type { TransportCounts } from '../transport-counts.js';
import type { InProcessBroker } from './in-process-broker.js';
import type { InProcessDelivery } from './in-process-delivery.js';
import type { InProcessQueue, QueueMember } from './in-process-queue.js';

export interface InProcessSubscriptionOptions {
  readonly broker: InProcessBroker;
  readonly names: QueueNames;
  readonly counts: TransportCounts;
  readonly tiersMs: readonly number[];
  readonly handlers: HandlersOfQueues;
}

/** This process's consumer of one owned queue. */
export class InProcessSubscription implements QueueMember {
  readonly name: string;
  readonly capacity: number;
  private readonly logger = new Logger(InProcessSubscription.name);
  private readonly consumer: BatchConsumer<InProcessDelivery>;
  private readonly queue: InProcessQueue;

  constructor(
    private readonly owned: OwnedQueue,
    private readonly options: InProcessSubscriptionOptions,
  ) {
    const { definition, receiverId } = owned;
    this.name = options.names.queue(definition, receiverId);
    this.capacity = definition.batch * PREFETCH_BATCHES;
    this.consumer = new BatchConsumer({
      batch: definition.batch,
      waits: definition.delivery === 'durable',
      handlers: options.handlers.get(definition.name) ?? new Map(),
      settle: async (batch, outcomes) => this.settle(batch, outcomes),
    });
    this.queue = options.broker.declare(this.name, definition, () => (options.counts.dropped += 1));
    this.queue.join(this);
  }

  /** True while its handler answers. */
  get alive(): boolean {
    return !this.consumer.hung;
  }

  push(delivery: InProcessDelivery): void {
    this.consumer.push(delivery);
  }

  async stop(): Promise<void> {
    const returned = await this.consumer.stop();
    this.queue.leave(this, returned);
    if (this.owned.definition.addressed && !this.queue.hasMembers) this.options.broker.remove(this.name);
  }

  private settle(batch: readonly InProcessDelivery[], outcomes: readonly Outcome[]): void {
    batch.forEach((delivery, at) => this.settleOne(delivery, outcomes[at] as Outcome));
    this.queue.settled(this, batch.length);
  }

  private settleOne(delivery: InProcessDelivery, outcome: Outcome): void {
    const { counts, broker, tiersMs } = this.options;
    const settlement = decideSettlement(outcome, this.owned.definition.delivery, delivery.failures, tiersMs);
    if (settlement.kind === 'done') counts.handled += 1;
    if (settlement.kind === 'dropped') counts.dropped += 1;
    if (settlement.kind === 'retry') {
      counts.retried += 1;
      broker.pushLater(this.name, delivery.afterFailures(settlement.failures), settlement.delayMs);
    }
    if (settlement.kind === 'dead') {
      counts.deadLettered += 1;
      const { reason, attempts } = settlement;
      this.logger.error(`dead letter: ${delivery.type} of ${this.name} after ${attempts} tries: ${reason}`);
      broker.addDeadLetter({ type: delivery.type, body: delivery.body(), reason, origin: this.name, attempts });
    }
  }
}
