export * from './audit-log.store.js';
