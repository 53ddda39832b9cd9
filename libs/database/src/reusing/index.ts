export * from './reusing.store.js';
