export * from './messages/define-message.js';
export * from './messages/fields.js';
export * from './messages/run-context.js';
export * from './messages/messages.js';
export * from './events.js';
export * from './live.js';
export * from './limits.js';
export * from './topology.js';
