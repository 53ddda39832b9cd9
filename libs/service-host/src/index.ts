export * from './loop.js';
export * from './load-config.js';
export * from './logger.js';
export * from './readiness.js';
export * from './service-transport.js';
export * from './drain.js';
export * from './process-end.js';
export * from './run-service.js';
