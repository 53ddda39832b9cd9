export { fieldOf } from './field-of.js';
export type { FirstReasons, IndexedReason } from './first-reasons.js';
export type { Interval } from './intervals.js';
export type { Objective } from './objective.js';
