export * from './notifying.store.js';
