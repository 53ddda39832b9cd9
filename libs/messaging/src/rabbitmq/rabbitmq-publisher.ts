import type {
  BestEffortMessage,
  DurableMessage,
  MessageDefinition,
  OutgoingEvent,
  QueueDefinition,
} from '@computalot/contracts';
import { Logger } from '@nestjs/common';
import type { Channel, ChannelModel } from 'amqplib';
import { assertPublishable, eventDefinitionOf, queueFor } from '../publishable.js';
import type { DeadLetter, DeadLetterSink, Publisher } from '../publisher.js';
import type { TransportCounts } from '../transport-counts.js';
import { BrokerConnection } from './broker-connection.js';
import { ConfirmedSender, type Target } from './confirmed-sender.js';
import type { Topology } from './declare-topology.js';
import { encodeDeadLetter, encodeEvent, encodeMessage, type WireMessage } from './wire-format.js';

/** Frames the socket may hold back before best-effort messages are dropped. */
const BEST_EFFORT_HIGH_WATER_MARK = 16_384;
const FLUSH_WITHIN_MS = 5_000;

export interface RabbitMqPublisherOptions {
  readonly url: string;
  readonly name: string;
  readonly topology: Topology;
  readonly counts: TransportCounts;
  readonly validate: boolean;
  readonly timeoutMs: number;
}

/** The sending half on a connection of its own: a confirm channel for what is durable, a plain one for what may be lost. */
export class RabbitMqPublisher implements Publisher, DeadLetterSink {
  private readonly logger = new Logger(RabbitMqPublisher.name);
  private readonly connection: BrokerConnection;
  private readonly sender: ConfirmedSender;
  private readonly queueTargets = new Map<string, Target>();
  private readonly events: Omit<Target, 'routingKey'>;
  private readonly deadLetters: Target;
  private bestEffort: Channel | undefined;
  private congested = false;

  constructor(private readonly options: RabbitMqPublisherOptions) {
    const { url, name, topology, timeoutMs } = options;
    this.sender = new ConfirmedSender({ timeoutMs, reset: (reason) => this.connection.reset(reason) });
    this.events = {
      exchange: topology.names.eventExchange,
      mustArrive: false,
      declaredAs: topology.names.eventExchange,
      declare: (channel) => topology.declareEvents(channel),
    };
    this.deadLetters = directTarget(topology.names.deadLetters, (channel) => topology.declareDeadLetters(channel));
    this.connection = new BrokerConnection({
      url,
      name,
      onUp: (model) => this.attach(model),
      onDown: () => this.detach(),
    });
    this.connection.start();
  }

  async publish<T>(message: DurableMessage<T>, body: T): Promise<void> {
    await this.sendMessage(message, body);
  }

  async publishAll(messages: readonly { message: DurableMessage; body: unknown }[]): Promise<void> {
    await allSettled(messages.map(({ message, body }) => this.sendMessage(message, body)));
  }

  async publishEvents(events: readonly OutgoingEvent[]): Promise<void> {
    await allSettled(events.map((event) => this.sendEvent(event)));
  }

  send<T>(message: BestEffortMessage<T>, body: T, to?: string): void {
    const { counts, topology } = this.options;
    try {
      const queue = topology.names.queue(queueFor(message, to), to);
      this.check(message, body);
      if (!this.bestEffort || this.congested || !this.connection.isUp) {
        counts.dropped += 1;
        return;
      }
      const { content, options } = encodeMessage(message.type, body, false);
      this.congested = !this.bestEffort.sendToQueue(queue, content, options);
      counts.sent += 1;
    } catch (error) {
      counts.dropped += 1;
      this.logger.error(`not sent: ${String(error)}`);
    }
  }

  async deadLetter(letter: DeadLetter): Promise<void> {
    await this.deadLetterWire(encodeDeadLetter(letter));
  }

  /** A message that a consumer gives up, as it came. */
  async deadLetterWire(wire: WireMessage): Promise<void> {
    await this.sender.send(this.deadLetters, wire);
    this.options.counts.deadLettered += 1;
  }

  /** A message that comes back to its queue after `delayMs`. */
  async retryWire(queueName: string, delayMs: number, wire: WireMessage): Promise<void> {
    const { topology, counts } = this.options;
    const name = topology.names.retry(queueName, delayMs);
    await this.sender.send(
      directTarget(name, (channel) => topology.declareRetry(channel, queueName, delayMs)),
      wire,
    );
    counts.retried += 1;
  }

  isConnected(): boolean {
    return this.connection.isUp;
  }

  async close(): Promise<void> {
    await this.sender.close(FLUSH_WITHIN_MS);
    await this.connection.close();
  }

  private async sendMessage(message: DurableMessage, body: unknown): Promise<void> {
    const queue = queueFor(message);
    this.check(message, body);
    await this.sender.send(this.targetOf(queue), encodeMessage(message.type, body, true));
    this.options.counts.published += 1;
  }

  private async sendEvent(event: OutgoingEvent): Promise<void> {
    this.check(eventDefinitionOf(event), event);
    await this.sender.send({ ...this.events, routingKey: event.type }, encodeEvent(event));
    this.options.counts.published += 1;
  }

  private check(message: MessageDefinition, body: unknown): void {
    if (this.options.validate) assertPublishable(message, body);
  }

  private targetOf(definition: QueueDefinition): Target {
    const { topology } = this.options;
    const name = topology.names.queue(definition);
    let target = this.queueTargets.get(name);
    if (!target) {
      target = directTarget(name, (channel) => topology.declareQueue(channel, definition));
      this.queueTargets.set(name, target);
    }
    return target;
  }

  private async attach(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel({ highWaterMark: BEST_EFFORT_HIGH_WATER_MARK });
    channel.on('error', (error) => this.logger.warn(`best-effort channel: ${error.message}`));
    channel.on('close', () => {
      if (this.bestEffort !== channel) return;
      this.bestEffort = undefined;
      this.connection.reset('the best-effort channel was closed');
    });
    channel.on('drain', () => (this.congested = false));
    this.congested = false;
    await this.sender.attach(model);
    this.bestEffort = channel;
  }

  private detach(): void {
    this.bestEffort = undefined;
    this.sender.detach();
  }
}

function directTarget(queueName: string, declare: Target['declare']): Target {
  return { exchange: '', routingKey: queueName, mustArrive: true, declaredAs: queueName, declare };
}

/** Waits for all, then fails with the first failure: nothing of the batch is still on its way when the caller decides what to do. */
async function allSettled(sends: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(sends)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
