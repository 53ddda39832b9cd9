export * from './fuzz/index.js';
export * from './hidden-placement/index.js';
export * from './platform/index.js';
export * from './services/index.js';
export * from './test-database.js';
export * from './waiting-jobs.js';
