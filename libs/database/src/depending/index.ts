export * from './dependencies.store.js';
export * from './ended-unplanned.event.js';
