export * from './idempotency-keys.store.js';
