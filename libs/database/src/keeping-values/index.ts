export * from './kv.store.js';
