import type { ReduceSpec, ReduceStages } from '@computalot/contracts';
import type { TaskCounts } from './job-status.js';
import { decideNextStage } from './map-reduce/next-stage.js';
import { decideReduce } from './map-reduce/reduce-decision.js';
import { isBuiltin, type RunnerReduce } from './map-reduce/reduce-spec.js';
import type { ReduceStage } from './map-reduce/reduce-tree.js';

export interface CloseFailure {
  readonly code: 'min_success_not_met' | 'reduce_failed' | 'max_failures_exceeded';
  readonly message: string;
}

/** What follows when every task of a job that the planner closes has ended. `end`: its counts give its status. */
export type CloseDecision =
  | { readonly next: 'end' }
  | { readonly next: 'fail'; readonly error: CloseFailure }
  /** These reduce tasks are to be added. */
  | { readonly next: 'stage'; readonly stage: ReduceStage; readonly stages: ReduceStage[]; readonly failed: number }
  /** Everything is reduced: the result of task `index` is the job's. */
  | { readonly next: 'result'; readonly index: number };

export interface EndedJob {
  readonly counts: TaskCounts;
  /** By the user: a stop after too many failures is none. */
  readonly cancelRequested: boolean;
  /** null: no limit. */
  readonly maxFailures: number | null;
  /** null: the job has none. */
  readonly reduce: ReduceSpec | null;
  readonly minSuccess: number;
  /** The reduce tasks that it has so far; null: those of the map alone. */
  readonly stages: Pick<ReduceStages, 'map_total' | 'failed' | 'stages'> | null;
}

/**
 * A map_reduce of which less than `minSuccess` completed fails, whatever reduces it: what a builtin made of the rest stays to be seen. Only a
 * reduce runner has something left to do, and not when more failed than the job allows. A cancelled job ends.
 */
export function decideClose(job: EndedJob): CloseDecision {
  const { counts, cancelRequested, reduce, minSuccess } = job;
  if (!reduce || (cancelRequested && counts.cancelled > 0)) return { next: 'end' };
  if (!isBuiltin(reduce)) return decideRunner(job, reduce);
  const { completed, failed, cancelled } = counts;
  const lost = failed + cancelled;
  const decision = decideReduce({ total: completed + lost, completed, failed: lost }, minSuccess);
  if (decision.decision !== 'fail') return { next: 'end' };
  return { next: 'fail', error: { code: 'min_success_not_met', message: decision.detail } };
}

function decideRunner(job: EndedJob, { fan_in }: RunnerReduce): CloseDecision {
  const { counts, minSuccess: min_success, stages, maxFailures } = job;
  const failed = counts.failed + counts.cancelled;
  const task_total = counts.completed + failed;
  const map_total = stages?.map_total ?? task_total;
  const reduce = stages ?? undefined;
  const decision = decideNextStage({
    map_total,
    task_total,
    completed: counts.completed,
    failed,
    min_success,
    fan_in,
    reduce,
  });
  if (decision.next === 'wait') throw new RangeError('tasks of the job have not ended');
  if (decision.next !== 'stage' || maxFailures === null || counts.failed <= maxFailures) return decision;
  const message = 'More tasks failed for good than max_failures allows, so nothing was reduced.';
  return { next: 'fail', error: { code: 'max_failures_exceeded', message } };
}
