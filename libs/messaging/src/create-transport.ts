import { InProcessTransport } from './in-process/in-process-transport.js';
import { RabbitMqTransport } from './rabbitmq/rabbitmq-transport.js';
import type { Transport, TransportOptions } from './transport.js';

/** Chooses the broker by the URL's scheme. Returns at once; a broker that is away shows in `isConnected()`. Throws on another scheme. */
export function createTransport(options: TransportOptions): Transport {
  const { protocol } = new URL(options.url);
  if (protocol === 'inproc:') return new InProcessTransport(options);
  if (protocol === 'amqp:' || protocol === 'amqps:') return new RabbitMqTransport(options);
  throw new Error(`no transport for ${protocol} URLs: use amqp:, amqps: or inproc:`);
}
