export * from './gateway.module.js';
export * from './edge-variables.js';
export * from './gateway-options.js';
export * from './create-gateway-adapter.js';
export { rateLimitsOf } from './limit-rate/rate-limit-options.js';
