export * from './live-feed.js';
export * from './feed-limits.js';
export * from './create-live-feed.js';
export * from './live-feed.module.js';
