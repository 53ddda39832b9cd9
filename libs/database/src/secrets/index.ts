export * from './reseal-secrets.js';
export * from './secret-keys.js';
export * from './secrets.module.js';
export * from './secrets.store.js';
