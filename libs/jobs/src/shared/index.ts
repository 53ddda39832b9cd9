export * from './read-shared.js';
export * from './value-at.js';
export * from './with-shared.js';
