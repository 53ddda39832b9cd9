import type {
  BestEffortMessage,
  DurableMessage,
  MessageDefinition,
  OutgoingEvent,
  QueueDefinition,
} from '@computalot/contracts';
import { Logger } from '@nestjs/common';
import { eventQueues } from '../message-catalogue.js';
import type { TransportCounts } from '../transport-counts.js';
import { assertPublishable, eventDefinitionOf, queueFor } from '../publishable.js';
import { PublishError } from '../publish-error.js';
import type { DeadLetter, DeadLetterSink, Publisher } from '../publisher.js';
import type { QueueNames } from '../queue-names.js';
import type { InProcessBroker } from './in-process-broker.js';
import { InProcessDelivery } from './in-process-delivery.js';

export interface InProcessPublisherOptions {
  readonly broker: InProcessBroker;
  readonly names: QueueNames;
  readonly counts: TransportCounts;
  readonly validate: boolean;
}

/** Publishing is a push onto a queue of this process: taken over at once, delivered in a later turn of the event loop. */
export class InProcessPublisher implements Publisher, DeadLetterSink {
  private readonly logger = new Logger(InProcessPublisher.name);
  private closed = false;

  constructor(private readonly options: InProcessPublisherOptions) {}

  async publish<T>(message: DurableMessage<T>, body: T): Promise<void> {
    this.push(message, body);
  }

  async publishAll(messages: readonly { message: DurableMessage; body: unknown }[]): Promise<void> {
    for (const { message, body } of messages) this.push(message, body);
  }

  send<T>(message: BestEffortMessage<T>, body: T, to?: string): void {
    const { broker, names, counts } = this.options;
    try {
      const definition = queueFor(message, to);
      const delivery = this.deliveryOf(message, body);
      const queue = this.closed ? undefined : broker.find(names.queue(definition, to));
      if (!queue) {
        counts.dropped += 1;
        return;
      }
      counts.sent += 1;
      queue.push(delivery);
    } catch (error) {
      counts.dropped += 1;
      this.logger.error(`not sent: ${String(error)}`);
    }
  }

  async publishEvents(events: readonly OutgoingEvent[]): Promise<void> {
    this.refuseWhenClosed();
    for (const event of events) {
      const delivery = this.deliveryOf(eventDefinitionOf(event), event);
      for (const queue of eventQueues) if (queue.events?.includes(event.type)) this.pushTo(queue, delivery);
      this.options.counts.published += 1;
    }
  }

  async deadLetter(letter: DeadLetter): Promise<void> {
    this.options.broker.addDeadLetter(letter);
    this.options.counts.deadLettered += 1;
  }

  isConnected(): boolean {
    return !this.closed;
  }

  close(): void {
    this.closed = true;
  }

  private push(message: DurableMessage, body: unknown): void {
    this.refuseWhenClosed();
    this.pushTo(queueFor(message), this.deliveryOf(message, body));
    this.options.counts.published += 1;
  }

  private pushTo(definition: QueueDefinition, delivery: InProcessDelivery): void {
    const { broker, names } = this.options;
    broker.declare(names.queue(definition), definition, () => undefined).push(delivery);
  }

  private deliveryOf(message: MessageDefinition, body: unknown): InProcessDelivery {
    const { validate } = this.options;
    if (validate) assertPublishable(message, body);
    return InProcessDelivery.of(message.type, body, { copy: validate, checked: validate });
  }

  private refuseWhenClosed(): void {
    if (this.closed) throw new PublishError('closed', 'the transport is closed');
  }
}
