import type { CustomTransportStrategy } from '@nestjs/microservices';

/** What the host needs of the transport of `libs/messaging`; kept structural so that neither library imports the other. */
export interface ServiceTransport {
  /** Given to Nest's `connectMicroservice`; closing it stops consuming and waits for the handlers in hand. */
  readonly strategy: CustomTransportStrategy;
  /** False while the broker is out of reach. */
  isConnected(): boolean;
  /** Every queue that should be consumed; `alive` is false for one whose consumer silently stopped. */
  consuming(): readonly { readonly queue: string; readonly alive: boolean }[];
  /** Closes the connection after what was published has been confirmed; the last thing a service does. */
  close(): Promise<void>;
}
