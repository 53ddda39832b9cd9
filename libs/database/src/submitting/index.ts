export * from './accept-jobs.store.js';
export * from './accounts.store.js';
export * from './projects.store.js';
export * from './recipes.store.js';
