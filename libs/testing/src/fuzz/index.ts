export * from './body-texts.js';
export * from './fuzz-runs.js';
export * from './hostile-values.js';
export * from './json-text.js';
export * from './schema-values.js';
