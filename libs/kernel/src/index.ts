export * from './assert-never.js';
export * from './backoff.js';
export * from './clock.js';
export * from './dependency-away.js';
export * from './domain-error.js';
export * from './ids.js';
