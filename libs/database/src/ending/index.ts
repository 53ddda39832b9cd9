export * from './retry-job.store.js';
export * from './delete-job.store.js';
export * from './sweep.store.js';
