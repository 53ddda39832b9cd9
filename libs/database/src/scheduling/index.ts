export * from './attempts.store.js';
export * from './job-counters.store.js';
export * from './placement.store.js';
export * from './workers.store.js';
export * from './stopping.store.js';
export * from './settle-jobs.js';
export * from './apply-moves.js';
