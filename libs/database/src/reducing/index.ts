export * from './reducing.store.js';
