export * from './accept-job.store.js';
export * from './accounts.store.js';
export * from './projects.store.js';
