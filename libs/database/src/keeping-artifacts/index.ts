export * from './artifacts.store.js';
