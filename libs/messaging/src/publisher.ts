import type { BestEffortMessage, DurableMessage, OutgoingEvent } from '@computalot/contracts';

/** Injection token of the process's {@link Publisher}. */
export const PUBLISHER = Symbol('PUBLISHER');

/** The sending half of the transport. Bodies are validated where the transport was created with `validate`. */
export interface Publisher {
  /**
   * Resolves when the broker has taken responsibility (publisher confirm). Rejects with a {@link PublishError} when it has not; the caller
   * still owns the message. A lost connection does not reject: the message is sent again when the broker is back (at least once), until the
   * transport's `publishTimeoutMs` is over.
   */
  publish<T>(message: DurableMessage<T>, body: T): Promise<void>;
  /** Publishes a batch in order with one wait for all confirms. */
  publishAll(messages: readonly { message: DurableMessage; body: unknown }[]): Promise<void>;
  /** Fire and forget, never throws; dropped when the broker is away. `to` addresses one receiver's queue (a worker id). */
  send<T>(message: BestEffortMessage<T>, body: T, to?: string): void;
  /** Public events to the topic exchange as CloudEvents 1.0 (binary mode), in order, one wait for all confirms. */
  publishEvents(events: readonly OutgoingEvent[]): Promise<void>;
  /** False while the broker is out of reach; for readiness. */
  isConnected(): boolean;
}

/** A message that nobody will handle, with what an operator needs to know to repair or replay it. */
export interface DeadLetter {
  readonly type: string;
  readonly body: unknown;
  /** Why it was given up. */
  readonly reason: string;
  /** The queue it was taken from, or a word for another origin (`outbox`). */
  readonly origin: string;
  /** Deliveries that were tried. */
  readonly attempts: number;
}

/** Where what cannot be published or handled ends. */
export interface DeadLetterSink {
  /** Resolves when the broker has taken responsibility, like {@link Publisher.publish}. */
  deadLetter(letter: DeadLetter): Promise<void>;
}
