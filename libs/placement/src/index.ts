export { BACKLOG_WINDOW_MS, LONG_TASK_MS } from './backlog.js';
export * from './explain-pending.js';
export * from './calm.js';
export * from './place.js';
export * from './rank-groups.js';
export * from './types.js';
