export * from './aggregate-sweep.js';
export type { MarginalMean } from './marginals.js';
export * from './plan-sweep.js';
export { MAX_SOBOL_DIMENSIONS } from './sobol.js';
export { sweepPayload, sweepPointAt, sweepTotal, type SweepPoint } from './sweep-point.js';
export * from './sweep-spec.js';
