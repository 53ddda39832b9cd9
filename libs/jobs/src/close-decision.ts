import type { ReduceSpec } from '@computalot/contracts';
import type { TaskCounts } from './job-status.js';
import { decideReduce } from './map-reduce/reduce-decision.js';
import { isBuiltin } from './map-reduce/reduce-spec.js';

/** What follows when every task of a job that the planner closes has ended. `end`: its counts give its status. */
export type CloseDecision =
  { readonly next: 'end' } | { readonly next: 'fail'; readonly detail: string } | { readonly next: 'reduce' };

export interface EndedJob {
  readonly counts: TaskCounts;
  /** By the user: a stop after too many failures is none. */
  readonly cancelRequested: boolean;
  /** null: the job has none. */
  readonly reduce: ReduceSpec | null;
  readonly minSuccess: number;
}

/**
 * A map_reduce of which less than `minSuccess` completed fails, whatever reduces it: what a builtin made of the rest stays to be seen. Only a
 * reduce runner has something left to do. A cancelled job ends.
 */
export function decideClose({ counts, cancelRequested, reduce, minSuccess }: EndedJob): CloseDecision {
  if (!reduce || (cancelRequested && counts.cancelled > 0)) return { next: 'end' };
  const { completed, failed, cancelled } = counts;
  const lost = failed + cancelled;
  const decision = decideReduce({ total: completed + lost, completed, failed: lost }, minSuccess);
  if (decision.decision === 'fail') return { next: 'fail', detail: decision.detail };
  return { next: isBuiltin(reduce) ? 'end' : 'reduce' };
}
