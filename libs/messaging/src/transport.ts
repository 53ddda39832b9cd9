import type { ServiceName } from '@computalot/contracts';
import type { CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { DeadLetterSink, Publisher } from './publisher.js';
import type { TransportCounts } from './transport-counts.js';

/** Injection token of the process's {@link Transport}. */
export const TRANSPORT = Symbol('TRANSPORT');

export interface TransportOptions {
  /** `amqp://…`, `amqps://…`, or `inproc:<name>`: a broker inside the process, shared by all transports of that name. */
  readonly url: string;
  /** Services hosted by this process: the strategy consumes exactly the queues they own. */
  readonly services: readonly ServiceName[];
  /** Names this process's addressed queues (`worker.<receiverId>`); needed when a hosted service owns one. */
  readonly receiverId?: string;
  /** Prefix of every exchange and queue name. */
  readonly namespace?: string;
  /** Check bodies against their schema before sending and on receipt. Default true. */
  readonly validate?: boolean;
  /** Delays of the retry tiers in milliseconds. Default RETRY_TIERS_MS. */
  readonly retryTiersMs?: readonly number[];
  /** Milliseconds after which a durable message that nobody confirmed is given back to its publisher. RabbitMQ only. Default 30,000. */
  readonly publishTimeoutMs?: number;
}

/** One consumed queue. `alive` is false from the moment its consumer is lost until the broker has accepted it again. */
export interface ConsumedQueue {
  readonly queue: string;
  readonly alive: boolean;
}

/** The process's connection to the broker: a sending half, and the strategy that Nest listens with. */
export interface Transport {
  readonly publisher: Publisher & DeadLetterSink;
  readonly strategy: Server & CustomTransportStrategy;
  /** False while anything this process needs of the broker (publishing, and once it listens, consuming) is out of reach. */
  isConnected(): boolean;
  /** Every queue this process should be consuming; empty before `listen`. */
  consuming(): ConsumedQueue[];
  counts(): TransportCounts;
  /** Stops consuming, finishes the batches in hand, waits for outstanding confirms, closes. Safe to call twice. */
  close(): Promise<void>;
}
