import type { Static, TSchema } from '@sinclair/typebox';

/**
 * A durable message is confirmed by the broker before the publisher goes on; it survives a broker restart, is retried a bounded
 * number of times and dead-lettered with a reason. A best-effort message may vanish at any time: whatever it announces is
 * re-derived from Postgres by a reconciliation loop. They are different types so that neither can be used as the other.
 */
export type DeliveryClass = 'durable' | 'best_effort';

export interface MessageDefinition<T = unknown, D extends DeliveryClass = DeliveryClass> {
  /** Routing word on the wire, `noun.verb`. */
  readonly type: string;
  readonly delivery: D;
  /** JSON Schema 2020-12; the TypeScript type, the validator and the AsyncAPI document all come from it. */
  readonly schema: TSchema;
  /** Phantom carrier of the body type; never set. */
  readonly body?: T;
}

export type DurableMessage<T = unknown> = MessageDefinition<T, 'durable'>;
export type BestEffortMessage<T = unknown> = MessageDefinition<T, 'best_effort'>;
/** A public event. It is published through the event exchange, never as a plain message, and handled with its envelope (`OutgoingEvent`). */
export interface EventDefinition<T = unknown> extends MessageDefinition<T, 'durable'> {
  readonly isEvent: true;
  /** What has happened, for people who read the catalogue. */
  readonly summary: string;
}
export type BodyOf<M> = M extends MessageDefinition<infer T> ? T : never;

export function durable<S extends TSchema>(type: string, schema: S): DurableMessage<Static<S>> {
  return { type, delivery: 'durable', schema };
}

export function bestEffort<S extends TSchema>(type: string, schema: S): BestEffortMessage<Static<S>> {
  return { type, delivery: 'best_effort', schema };
}
