export * from './worker.module.js';
export * from './worker-id.js';
export { DrainWorker } from './drain-worker/drain-worker.service.js';
export { defaultTaskPath, type WorkerOptions } from './worker-options.js';
