export * from './next-stage.js';
export * from './reduce-context.js';
export * from './reduce-decision.js';
export * from './reduce-spec.js';
export * from './reduce-tree.js';
export {
  addToReduction,
  mergeReductions,
  newReduction,
  rejectResult,
  MAX_COLLECTED_CHARS,
  type Reduction,
} from './reduction.js';
export { reductionAggregate, type NumberStats, type ReductionAggregate } from './reduction-aggregate.js';
