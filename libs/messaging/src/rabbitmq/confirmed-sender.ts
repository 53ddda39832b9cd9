import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import { Fifo } from '../consuming/fifo.js';
import { PublishError, type PublishErrorCode } from '../publish-error.js';
import type { WireMessage } from './wire-format.js';

/** Messages on their way to the broker at once. */
const WINDOW = 500;
/** Messages and bytes kept for a broker that is slow or away; more is refused. */
const MAX_BUFFERED = 20_000;
const MAX_BUFFERED_BYTES = 256 * 1024 * 1024;
const SWEEP_EVERY_MS = 1_000;
/** Times a message is sent again because its queue was not there although it was declared. */
const MAX_RETURNS = 3;
/**
 * A queue that was deleted is not declared again before its consumers have heard of the deletion: RabbitMQ 3.10 otherwise takes their old
 * subscription for one of the new quorum queue, whose messages it then never delivers.
 */
const REDECLARE_AFTER_MS = 1_000;

/** Where a message goes, and how to make sure that it exists. */
export interface Target {
  readonly exchange: string;
  readonly routingKey: string;
  /** False for an exchange that may have no taker. */
  readonly mustArrive: boolean;
  /** Names what `declare` declares; done once per connection. */
  readonly declaredAs: string;
  readonly declare: (channel: Channel) => Promise<void>;
}

interface Outgoing {
  readonly id: string;
  readonly target: Target;
  readonly wire: WireMessage;
  /** Epoch milliseconds after which the sender gets the message back. */
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: PublishError) => void;
  returns: number;
  returned: boolean;
  settled: boolean;
}

/**
 * Sends in order with publisher confirms, at most WINDOW unconfirmed. What was not confirmed when the connection broke is sent again, first,
 * on the next one: at least once. Memory is bounded: beyond the buffer, and after the deadline, the caller has its message back.
 */
export class ConfirmedSender {
  private readonly logger = new Logger(ConfirmedSender.name);
  private readonly idPrefix = randomUUID().slice(0, 8);
  private readonly waiting = new Fifo<Outgoing>();
  private readonly unconfirmed = new Map<string, Outgoing>();
  private readonly declared = new Set<string>();
  private readonly sweeper: NodeJS.Timeout;
  private readonly idle: (() => void)[] = [];
  /** Came back from a missing queue; sent again after REDECLARE_AFTER_MS. */
  private returned: Outgoing[] = [];
  private redeclareTimer: NodeJS.Timeout | undefined;
  private model: ChannelModel | undefined;
  private channel: ConfirmChannel | undefined;
  private declaring = false;
  private closed = false;
  private bufferedBytes = 0;
  private sequence = 0;

  constructor(private readonly options: { timeoutMs: number; reset: (reason: string) => void }) {
    this.sweeper = setInterval(() => this.giveBackExpired(), SWEEP_EVERY_MS);
    this.sweeper.unref();
  }

  async attach(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    channel.on('error', (error) => this.logger.warn(`publishing channel: ${error.message}`));
    // Before amqplib's own listener, which fails every unconfirmed message: those are to be sent again.
    channel.prependListener('close', () => {
      if (this.channel !== channel) return;
      this.detach();
      this.options.reset('the publishing channel was closed');
    });
    channel.on('return', ({ properties }) => {
      const message = this.unconfirmed.get(String(properties.messageId));
      if (message) message.returned = true;
    });
    this.model = model;
    this.channel = channel;
    this.declared.clear();
    this.pump();
  }

  detach(): void {
    this.channel = undefined;
    this.model = undefined;
    const again = [...this.returned.splice(0), ...this.unconfirmed.values()].filter(({ settled }) => !settled);
    this.unconfirmed.clear();
    this.waiting.pushFront(again);
  }

  send(target: Target, wire: WireMessage): Promise<void> {
    if (this.closed) return Promise.reject(new PublishError('closed', 'the transport is closed'));
    if (this.buffered >= MAX_BUFFERED || this.bufferedBytes > MAX_BUFFERED_BYTES) {
      return Promise.reject(new PublishError('buffer_full', 'too many messages wait for the broker'));
    }
    this.bufferedBytes += wire.content.length;
    const id = `${this.idPrefix}-${(this.sequence += 1)}`;
    const deadline = Date.now() + this.options.timeoutMs;
    return new Promise((resolve, reject) => {
      this.waiting.push({ id, target, wire, deadline, resolve, reject, returns: 0, returned: false, settled: false });
      this.pump();
    });
  }

  /** Resolves when nothing waits for the broker any more, or after `withinMs`; what still waits is then given back. */
  async close(withinMs: number): Promise<void> {
    if (this.buffered > 0) await this.untilIdle(withinMs);
    this.closed = true;
    clearInterval(this.sweeper);
    clearTimeout(this.redeclareTimer);
    for (const message of [...this.returned, ...this.unconfirmed.values(), ...this.waiting.takeAll()]) {
      this.fail(message, 'closed');
    }
  }

  private get buffered(): number {
    return this.waiting.length + this.unconfirmed.size + this.returned.length;
  }

  private async untilIdle(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.idle.push(resolve);
      timer = setTimeout(resolve, withinMs);
    });
    clearTimeout(timer);
  }

  private pump(): void {
    while (this.channel && !this.declaring && this.returned.length === 0 && this.unconfirmed.size < WINDOW) {
      const next = this.waiting.peek();
      if (!next) return;
      if (!this.declared.has(next.target.declaredAs)) {
        void this.declare(next.target);
        return;
      }
      this.waiting.shift();
      if (!next.settled) this.transmit(this.channel, next);
    }
  }

  private transmit(channel: ConfirmChannel, message: Outgoing): void {
    const { exchange, routingKey, mustArrive } = message.target;
    const { content, options } = message.wire;
    this.unconfirmed.set(message.id, message);
    const sent = { ...options, messageId: message.id, mandatory: mustArrive };
    channel.publish(exchange, routingKey, content, sent, (error) => {
      if (this.channel === channel) this.confirmed(message, error !== null);
    });
  }

  private confirmed(message: Outgoing, refused: boolean): void {
    this.unconfirmed.delete(message.id);
    if (refused) this.fail(message, 'refused');
    else if (message.returned) this.sendAgain(message);
    else this.settle(message, message.resolve);
    this.pump();
  }

  /** The broker had no queue for it: somebody deleted the queue since it was declared. */
  private sendAgain(message: Outgoing): void {
    message.returned = false;
    if ((message.returns += 1) > MAX_RETURNS) return this.fail(message, 'unroutable');
    this.declared.delete(message.target.declaredAs);
    this.returned.push(message);
    clearTimeout(this.redeclareTimer);
    this.redeclareTimer = setTimeout(() => {
      this.waiting.pushFront(this.returned.splice(0));
      this.pump();
    }, REDECLARE_AFTER_MS);
  }

  private async declare(target: Target): Promise<void> {
    const { model } = this;
    this.declaring = true;
    try {
      // A channel of its own: the broker closes the channel of a declaration that it refuses.
      const channel = await (model as ChannelModel).createChannel();
      channel.on('error', () => undefined);
      await target.declare(channel);
      await channel.close();
    } catch (error) {
      // Not allowed to, or declared otherwise by somebody: the message may arrive all the same, and comes back if it does not.
      if (this.model === model) this.logger.warn(`could not declare ${target.declaredAs}: ${String(error)}`);
    }
    this.declaring = false;
    if (this.model === model) this.declared.add(target.declaredAs);
    this.pump();
  }

  private giveBackExpired(): void {
    const now = Date.now();
    while ((this.waiting.peek()?.deadline ?? Infinity) < now) {
      this.fail(this.waiting.shift() as Outgoing, 'broker_unavailable');
    }
    for (const message of this.unconfirmed.values())
      if (message.deadline < now) this.fail(message, 'broker_unavailable');
  }

  private fail(message: Outgoing, code: PublishErrorCode): void {
    const detail = `${message.wire.options.type} was not confirmed by the broker`;
    this.settle(message, () => message.reject(new PublishError(code, detail)));
  }

  private settle(message: Outgoing, tell: () => void): void {
    if (!message.settled) {
      message.settled = true;
      this.bufferedBytes -= message.wire.content.length;
      tell();
    }
    if (this.buffered === 0) for (const resolve of this.idle.splice(0)) resolve();
  }
}
