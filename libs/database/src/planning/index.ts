export * from './planning.store.js';
