export * from './accept-jobs.store.js';
export * from './accept-within-quotas.js';
export * from './accounts.store.js';
export * from './profiles.store.js';
export * from './projects.store.js';
export * from './recipes.store.js';
export * from './quotas.store.js';
export * from './under-quotas.js';
