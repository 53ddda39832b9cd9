/** Running totals of one transport since its creation, in messages. */
export interface TransportCounts {
  /** Durable messages and events the broker took over. */
  published: number;
  /** Best-effort messages handed to the broker. */
  sent: number;
  /** Best-effort messages given up: no broker, no receiver, queue full, or the handler failed. */
  dropped: number;
  /** Messages handlers answered `done` for. */
  handled: number;
  retried: number;
  deadLettered: number;
}

export function newCounts(): TransportCounts {
  return { published: 0, sent: 0, dropped: 0, handled: 0, retried: 0, deadLettered: 0 };
}
