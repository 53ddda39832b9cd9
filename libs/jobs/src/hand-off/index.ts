export * from './read-downloads.js';
export * from './with-artifacts.js';
