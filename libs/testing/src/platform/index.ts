export * from './broken-invariants.js';
export * from './forget-in-flight.js';
export * from './free-port.js';
export * from './platform.js';
export { deleteQueue } from './platform-queues.js';
export * from './service-process.js';
export * from './start-distributed.js';
export * from './start-standalone.js';
export * from './wait-until.js';
