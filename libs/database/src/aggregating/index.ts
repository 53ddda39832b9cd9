export * from './ended-tasks.store.js';
export * from './aggregating.store.js';
