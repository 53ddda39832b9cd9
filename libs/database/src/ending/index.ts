export * from './retry-job.store.js';
