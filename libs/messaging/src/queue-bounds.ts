/** Messages a best-effort queue holds; a new one then pushes the oldest out. */
export const BEST_EFFORT_MAX_LENGTH = 10_000;
/** Dead letters kept; the oldest go first. */
export const DEAD_LETTERS_MAX_LENGTH = 100_000;
/** Milliseconds after which an addressed queue without a consumer is deleted. */
export const ADDRESSED_EXPIRES_MS = 60_000;
/**
 * Times a durable message may come back because its consumer vanished (crash, lost connection) before it is dead-lettered: the message may
 * be what kills the consumer.
 */
export const CRASH_DELIVERY_LIMIT = 50;
/** Deliveries a consumer may hold unsettled, in batches: one in hand, one collecting. */
export const PREFETCH_BATCHES = 2;
