import { chunkAt } from '../chunks.js';

/** One level of a reduction. `stage` 1 reads what the map made, each later one what the stage before it made. */
export interface ReduceStage {
  readonly stage: number;
  readonly inputs: number;
  readonly tasks: number;
  /** Reduce tasks of the stages before this one. */
  readonly before: number;
}

/** One reduce task: task `task` of its stage, over inputs `start` to `end` (exclusive) of that stage. */
export interface ReduceTask {
  readonly stage: number;
  readonly task: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The stages that bring `inputs` (≥ 1) results down to one, with at most `fanIn` (≥ 2) inputs per task; without it one task reads all.
 * There is always at least one stage: also a single result passes through the reduce runner.
 */
export function planReduceTree(inputs: number, fanIn = Infinity): ReduceStage[] {
  if (!Number.isInteger(inputs) || inputs < 1) throw new RangeError(`a reduction of ${inputs} inputs`);
  if (!(fanIn >= 2)) throw new RangeError(`a reduction with a fan-in of ${fanIn}`);
  const stages: ReduceStage[] = [];
  let left = inputs;
  let before = 0;
  do {
    const tasks = fanIn === Infinity ? 1 : Math.ceil(left / fanIn);
    stages.push({ stage: stages.length + 1, inputs: left, tasks, before });
    before += tasks;
    left = tasks;
  } while (left > 1);
  return stages;
}

export function reduceTaskTotal(stages: readonly ReduceStage[]): number {
  const last = stages.at(-1);
  return last ? last.before + last.tasks : 0;
}

/** Reduce task `index` (from 0, stage by stage). The inputs of a stage are shared out evenly and in order. */
export function reduceTaskAt(stages: readonly ReduceStage[], index: number): ReduceTask {
  const of = stages.find(({ before, tasks }) => index >= before && index < before + tasks);
  if (!of || !Number.isInteger(index)) throw new RangeError(`reduce task ${index} of ${reduceTaskTotal(stages)}`);
  const task = index - of.before;
  const { start, end } = chunkAt(of.inputs, of.tasks, task);
  return { stage: of.stage, task, start, end };
}

/** `_reduce` of a reduce task's payload: how many results it finds, and how many map tasks it does not because they failed. */
export interface ReduceInputs {
  readonly stage: number;
  readonly inputs: number;
  readonly failed: number;
}

export function reducePayload(payload: Record<string, unknown>, _reduce: ReduceInputs): Record<string, unknown> {
  return { ...payload, _reduce };
}
