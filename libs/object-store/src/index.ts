export * from './object-store.js';
export * from './create-object-store.js';
export * from './object-store.module.js';
export { attachmentNamed } from './content-disposition.js';
