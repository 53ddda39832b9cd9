export * from './publisher.js';
export * from './publish-error.js';
export * from './handle-message.js';
export * from './handle-message.decorator.js';
export * from './transport.js';
export type { TransportCounts } from './transport-counts.js';
export * from './create-transport.js';
export * from './messaging.module.js';
export * from './outbox/outbox-relay.js';
