export * from './artifacts.store.js';
export * from './uploads.store.js';
