import type { BodyOf, EventDefinition, MessageDefinition, OutgoingEvent } from '@computalot/contracts';

/** What a handler answers for each message of its batch. A thrown error means `retry` for the whole batch; `DependencyAway`, from a
 * durable queue, means: the same batch once more, in its place, when the dependency is back. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Redelivered after the next retry tier (topology.ts); dead-lettered with `reason` after the last. */
  | { readonly kind: 'retry'; readonly reason: string }
  /** Never redelivered: dead-lettered with `reason` at once. */
  | { readonly kind: 'reject'; readonly reason: string };

export const done: Outcome = { kind: 'done' };

/** A handler gets bodies of one type, in order of arrival, at most the queue's `batch` at once, and answers one outcome for all or one each. */
export type BatchHandler<T> = (bodies: readonly T[]) => Promise<Outcome | readonly Outcome[]>;

/** What a handler of `M` gets: the body of a message; the whole envelope (`id`, `subject`, `time`, `data`) of a public event. */
export type HandledBody<M> = M extends EventDefinition<infer T> ? OutgoingEvent<T> : BodyOf<M>;

/** What `HandleMessage` marks: the method is a {@link BatchHandler} of this message. */
export type HandlerOf<M> = M extends MessageDefinition ? BatchHandler<HandledBody<M>> : never;
