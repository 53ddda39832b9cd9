import type { Outcome } from '../handle-message.js';
import type { BodyCheck } from '../validation/body-check.js';

/** One message on its way to a handler, whatever broker brought it. */
export interface Delivery {
  /** Routing word; empty when the message has none. */
  readonly type: string;
  /** Earlier tries that failed. */
  readonly failures: number;
  /** True when the sender in this process checked the very body already. */
  readonly checked?: boolean;
  /** Decodes; throws on anything that is not what this transport writes. */
  body(): unknown;
}

/** The handlers of each queue by its name in the topology, of each message by its type. */
export type HandlersOfQueues = ReadonlyMap<string, ReadonlyMap<string, MessageHandling>>;

/** The one handler of a message type, with the check its bodies pass first. */
export interface MessageHandling {
  readonly check: BodyCheck | null;
  /** Rejects when the handler throws. */
  invoke(bodies: readonly unknown[]): Promise<Outcome | readonly Outcome[]>;
}
