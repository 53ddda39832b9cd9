export * from './aggregate-of.js';
export * from './job-facts.js';
export * from './public-error.js';
export * from './results-document.js';
export * from './result-lines.js';
