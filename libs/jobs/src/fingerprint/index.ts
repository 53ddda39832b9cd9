export * from './canonical-json.js';
export * from './task-fingerprints.js';
