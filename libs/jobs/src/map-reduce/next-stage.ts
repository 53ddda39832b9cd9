import type { ReduceStages } from '@computalot/contracts';
import { decideReduce } from './reduce-decision.js';
import { planReduceTree, reduceTaskTotal, type ReduceStage } from './reduce-tree.js';

/** A map-reduce as it stands; counts of all its tasks, the reduce tasks so far included. */
export interface ReduceState {
  readonly map_total: number;
  /** Tasks it has so far. */
  readonly task_total: number;
  readonly completed: number;
  /** Failed for good or cancelled. */
  readonly failed: number;
  readonly min_success: number;
  readonly fan_in?: number | undefined;
  /** Absent while the map runs. */
  readonly reduce?: Pick<ReduceStages, 'failed' | 'stages'> | undefined;
}

export type NextStage =
  | { readonly next: 'wait' }
  /** These reduce tasks are to be added. */
  | {
      readonly next: 'stage';
      readonly stage: ReduceStage;
      readonly stages: ReduceStage[];
      readonly failed: number;
    }
  /** Everything is reduced: the result of task `index` is the job's. */
  | { readonly next: 'result'; readonly index: number }
  | {
      readonly next: 'fail';
      readonly error: { readonly code: 'min_success_not_met' | 'reduce_failed'; readonly message: string };
    };

/** What follows for a map-reduce whose tasks so far have ended. */
export function decideNextStage(state: ReduceState): NextStage {
  const { map_total, task_total, completed, failed, reduce } = state;
  if (completed + failed < task_total) return { next: 'wait' };
  return reduce ? afterStage(state, reduce) : afterMap({ total: map_total, completed, failed }, state);
}

function afterMap(
  counts: { total: number; completed: number; failed: number },
  { min_success, fan_in }: ReduceState,
): NextStage {
  const decided = decideReduce(counts, min_success);
  switch (decided.decision) {
    case 'wait':
      return { next: 'wait' };
    case 'fail':
      return { next: 'fail', error: { code: 'min_success_not_met', message: decided.detail } };
    case 'reduce': {
      const stages = planReduceTree(counts.completed, fan_in);
      return { next: 'stage', stage: stages[0] as ReduceStage, stages, failed: counts.failed };
    }
  }
}

function afterStage(
  { map_total, task_total, failed }: ReduceState,
  reduce: Pick<ReduceStages, 'failed' | 'stages'>,
): NextStage {
  const broken = failed - reduce.failed;
  if (broken > 0) {
    const message = `${broken} of ${task_total - map_total} reduce tasks did not complete, so there is no result of the whole.`;
    return { next: 'fail', error: { code: 'reduce_failed', message } };
  }
  const stage = reduce.stages.find(({ before }) => map_total + before === task_total);
  if (stage) return { next: 'stage', stage, ...reduce };
  return { next: 'result', index: task_total - 1 };
}

/** Reduce tasks of the stages after `stage`. */
export function laterReduceTasks(stages: readonly ReduceStage[], { before, tasks }: ReduceStage): number {
  return reduceTaskTotal(stages) - before - tasks;
}

/** The tasks whose results a stage reads, by index: from `from` to `until` (exclusive), as far as they completed. */
export function inputTasksOf(
  { map_total, stages }: Pick<ReduceStages, 'map_total' | 'stages'>,
  stage: ReduceStage,
): { readonly from: number; readonly until: number } {
  const earlier = stages[stage.stage - 2];
  if (!earlier) return { from: 0, until: map_total };
  const from = map_total + earlier.before;
  return { from, until: from + earlier.tasks };
}
