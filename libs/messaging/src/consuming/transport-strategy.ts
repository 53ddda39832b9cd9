import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { HandlersOfQueues } from './delivery.js';
import { handlersOfQueues } from './handlers-of-queues.js';
import type { OwnedQueue } from './owned-queues.js';

/** The receiving half of a transport; implemented per broker. */
export interface Consuming {
  /** Consumes every owned queue from now on. Resolves when it does, or when the broker is away for longer than a start should wait. */
  start(handlers: HandlersOfQueues): Promise<void>;
  /** Takes nothing more and resolves when the handlers in hand have ended and their messages are settled. Safe to call twice. */
  stop(): Promise<void>;
}

/** What Nest listens with: collects the handlers of the controllers, refuses an incomplete set, then lets the broker's half consume. */
export class TransportStrategy extends Server implements CustomTransportStrategy {
  /** A handler's error is ours to decide on; Nest need not log it too. */
  override readonly propagatesEventHandlerErrors = true;

  constructor(
    private readonly queues: readonly OwnedQueue[],
    private readonly consuming: Consuming,
    private readonly validate: boolean,
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  async close(): Promise<void> {
    await this.consuming.stop();
  }

  /** There is no driver event to subscribe to: state is read through `Transport.consuming()`. */
  on(): void {}

  unwrap<T>(): T {
    return this.consuming as T;
  }

  private async start(): Promise<void> {
    const definitions = this.queues.map(({ definition }) => definition);
    await this.consuming.start(handlersOfQueues(definitions, this.getHandlers(), this.validate));
  }
}
