import type { OutgoingEvent } from '@computalot/contracts';
import { Logger } from '@nestjs/common';
import { definitionOf, isDurable } from '../message-catalogue.js';
import { PublishError } from '../publish-error.js';
import type { DeadLetterSink, Publisher } from '../publisher.js';

/** Injection token of the process's {@link OutboxRelay}. */
export const OUTBOX_RELAY = Symbol('OUTBOX_RELAY');

/** A row as written in the transaction that owes it: a durable message's body, or the events (`OutgoingEvent[]`, or one) of one change. */
export interface OutboxRow {
  readonly id: number;
  readonly kind: 'message' | 'events';
  /** Type of the message; for events only informative, each carries its own. */
  readonly type: string;
  readonly body: unknown;
}

/** The outbox of the database: hands over the oldest rows in order and deletes them when `publish` resolves; keeps them when it rejects. */
export interface OutboxSource {
  /** Returns the number of rows handed over. */
  takeBatch(limit: number, publish: (rows: readonly OutboxRow[]) => Promise<void>): Promise<number>;
}

export interface OutboxRelayOptions {
  readonly source: OutboxSource;
  readonly publisher: Publisher & Partial<DeadLetterSink>;
  /** Rows per transaction. Default 500. */
  readonly batch?: number;
  /** Milliseconds between looks at the table when nobody wakes the relay. Default 1,000. */
  readonly everyMs?: number;
  /** Least milliseconds between the starts of two looks, so that under load few looks take many rows. Default 10. */
  readonly spacingMs?: number;
}

/**
 * Publishes what committed transactions owe: at least once, in order of the rows. Woken by whoever committed; looks by itself as a backstop.
 * While the broker is away it leaves the rows alone, and goes on by itself when it is back.
 */
export class OutboxRelay {
  private readonly logger = new Logger(OutboxRelay.name);
  private readonly batch: number;
  private readonly spacingMs: number;
  private lookedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private inHand: Promise<void> | undefined;
  private woken = false;
  private active = false;

  constructor(private readonly options: OutboxRelayOptions) {
    this.batch = options.batch ?? 500;
    this.spacingMs = options.spacingMs ?? 10;
  }

  /** One batch. Returns the rows that left the outbox; rejects when the database or the broker failed, the rows then stay. */
  async runOnce(): Promise<number> {
    if (!this.options.publisher.isConnected()) return 0;
    return this.options.source.takeBatch(this.batch, (rows) => this.publish(rows));
  }

  start(): void {
    if (this.active) return;
    this.active = true;
    this.timer = setInterval(() => this.wake(), this.options.everyMs ?? 1_000);
    this.wake();
  }

  /** Asks for a run soon. Any number of wakes during a run cause one more. */
  wake(): void {
    this.woken = true;
    if (!this.active || this.inHand) return;
    this.inHand = this.runUntilEmpty().finally(() => {
      this.inHand = undefined;
      // A wake that came after the last look and before this line.
      if (this.active && this.woken) this.wake();
    });
  }

  /** No run starts after this; resolves when the one in hand has ended. */
  async stop(): Promise<void> {
    this.active = false;
    clearInterval(this.timer);
    await this.inHand;
  }

  private async runUntilEmpty(): Promise<void> {
    try {
      while (this.active && this.woken) {
        await this.keepSpacing();
        this.woken = false;
        if ((await this.runOnce()) >= this.batch) this.woken = true;
      }
    } catch (error) {
      this.woken = false;
      this.logger.error(`outbox rows stay for the next run: ${String(error)}`);
    }
  }

  /** Under load each look finds what came during a spacing; after a pause there is nothing to wait for. */
  private async keepSpacing(): Promise<void> {
    const left = this.lookedAt + this.spacingMs - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    this.lookedAt = performance.now();
  }

  /** Everything is handed to the publisher in order before the first confirm is awaited. */
  private async publish(rows: readonly OutboxRow[]): Promise<void> {
    await Promise.all(rows.map((row) => this.publishRow(row).catch((error: unknown) => this.giveUp(row, error))));
  }

  private async publishRow(row: OutboxRow): Promise<void> {
    const { publisher } = this.options;
    if (row.kind === 'events') {
      return publisher.publishEvents((Array.isArray(row.body) ? row.body : [row.body]) as OutgoingEvent[]);
    }
    const message = definitionOf(row.type);
    if (!message || !isDurable(message)) throw new PublishError('invalid_message', `no durable message ${row.type}`);
    return publisher.publish(message, row.body);
  }

  /** A row that can never be published must not hold up those behind it. */
  private async giveUp(row: OutboxRow, error: unknown): Promise<void> {
    const hopeless = error instanceof PublishError && error.code === 'invalid_message';
    if (!hopeless || !this.options.publisher.deadLetter) throw error;
    this.logger.error(`outbox row ${row.id} cannot be published: ${error.detail}`);
    const { type, body } = row;
    await this.options.publisher.deadLetter({ type, body, reason: error.detail, origin: 'outbox', attempts: 1 });
  }
}
