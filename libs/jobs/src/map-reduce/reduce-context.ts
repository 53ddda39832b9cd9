import type { ReduceStages, RunContext, RunnerReduce } from '@computalot/contracts';
import { builtinProfiles, resolveRequirements } from '../requirements.js';
import { reducePayload, reduceTaskAt } from './reduce-tree.js';

/** The context of the reduce tasks. Their own `requirements` stand alone, over the profile `cpu`; without any they are the map's. */
export function reduceContextOf(
  context: RunContext,
  { runner_command, timeout_s, requirements }: RunnerReduce,
  stages: Omit<ReduceStages, 'map'>,
): RunContext {
  const map = context.reduce?.map ?? mapPartOf(context);
  return {
    ...context,
    command: [...runner_command],
    timeout_s: timeout_s ?? map.timeout_s,
    requirements: requirements ? resolveRequirements(builtinProfiles.cpu, requirements) : map.requirements,
    reduce: { ...stages, map },
  };
}

/** The context of the map, whichever stage the job is in. */
export function mapContextOf({ reduce, ...context }: RunContext): RunContext {
  return reduce ? { ...context, ...reduce.map } : context;
}

const mapPartOf = ({ command, timeout_s, requirements }: RunContext) => ({ command, timeout_s, requirements });

/**
 * The payload of a reduce task, by its index in the job: the job's own with `_reduce`.
 *
 * @throws RangeError when there is no such reduce task
 */
export function reduceTaskPayload(
  payload: Record<string, unknown>,
  { map_total, failed, stages }: Pick<ReduceStages, 'map_total' | 'failed' | 'stages'>,
  index: number,
): Record<string, unknown> {
  const { stage, start, end } = reduceTaskAt(stages, index - map_total);
  return reducePayload(payload, { stage, inputs: end - start, failed });
}
