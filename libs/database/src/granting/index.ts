export * from './granting.store.js';
