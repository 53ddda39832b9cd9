export * from './publisher.js';
export * from './handle-message.js';
