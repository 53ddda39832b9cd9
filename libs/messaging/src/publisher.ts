import type { BestEffortMessage, DurableMessage, OutgoingEvent } from '@computalot/contracts';

/** Injection token of the process's {@link Publisher}. */
export const PUBLISHER = Symbol('PUBLISHER');

/** The sending half of the transport. Bodies are validated in development and tests, trusted in production. */
export interface Publisher {
  /** Resolves when the broker has taken responsibility (publisher confirm). Rejects when it has not; the caller still owns the message. */
  publish<T>(message: DurableMessage<T>, body: T): Promise<void>;
  /** Publishes a batch in order with one wait for all confirms. */
  publishAll(messages: readonly { message: DurableMessage; body: unknown }[]): Promise<void>;
  /** Fire and forget; dropped when the broker is away. `to` addresses one receiver's queue (a worker id). */
  send<T>(message: BestEffortMessage<T>, body: T, to?: string): void;
  /** Public events to the topic exchange as CloudEvents 1.0 (binary mode), in order, one wait for all confirms. */
  publishEvents(events: readonly OutgoingEvent[]): Promise<void>;
  /** False while the broker is out of reach; for readiness. */
  isConnected(): boolean;
}
