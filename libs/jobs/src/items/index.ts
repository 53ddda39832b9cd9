export * from './item-lines.js';
export * from './part-sizes.js';
export * from './spec-part.js';
