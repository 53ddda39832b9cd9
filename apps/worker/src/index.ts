export * from './worker.module.js';
export * from './worker-id.js';
export { defaultTaskPath, type WorkerOptions } from './worker-options.js';
