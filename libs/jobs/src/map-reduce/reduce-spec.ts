import { BUILTINS, type BuiltinReduce, type ReduceSpec } from '@computalot/contracts';
import { isJsonObject, planFault, unknownFieldFault, type PlanFault } from '../plan-fault.js';

export { BUILTINS } from '@computalot/contracts';
export type { Builtin, BuiltinReduce, ReduceSpec, RunnerReduce } from '@computalot/contracts';

export type ReduceFaultCode =
  | 'invalid_reduce'
  | 'unknown_builtin'
  | 'invalid_reduce_field'
  | 'invalid_reduce_command'
  | 'invalid_fan_in'
  | 'invalid_timeout'
  | 'invalid_min_success'
  | 'unknown_field';

export type ReduceFault = PlanFault<ReduceFaultCode>;

export interface PlannedReduce {
  readonly ok: true;
  readonly reduce: ReduceSpec;
  /** Share of the map tasks, 0 to 1, that must complete. */
  readonly min_success: number;
}

type Fields = Record<string, unknown>;

/** Two weeks, as for any task. */
const MAX_TIMEOUT_S = 14 * 24 * 3_600;

/**
 * The `reduce` of a submission, or the first fault in it. `min_success` may stand beside `reduce` or inside it. Takes what a user sent,
 * whatever it is; a null field counts as absent.
 */
export function planReduce(submission: {
  readonly reduce?: unknown;
  readonly min_success?: unknown;
}): PlannedReduce | ReduceFault {
  if (!isJsonObject(submission.reduce)) {
    return planFault('invalid_reduce', 'reduce must be {"builtin", "field"} or {"runner_command", …}.', '/reduce');
  }
  const { min_success: inner, ...reduce } = withoutNulls(submission.reduce);
  const beside = submission.min_success ?? undefined;
  const min_success = beside ?? inner ?? 1;
  const fault =
    shapeFault(reduce) ?? minSuccessFault(min_success, beside === undefined ? '/reduce/min_success' : '/min_success');
  if (fault) return fault;
  return { ok: true, reduce: reduce as unknown as ReduceSpec, min_success: min_success as number };
}

export function isBuiltin(reduce: ReduceSpec): reduce is BuiltinReduce {
  return 'builtin' in reduce;
}

function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function shapeFault(reduce: Fields): ReduceFault | null {
  const builtin = Object.hasOwn(reduce, 'builtin');
  if (builtin === Object.hasOwn(reduce, 'runner_command')) {
    return planFault('invalid_reduce', 'reduce needs builtin or runner_command, and not both.', '/reduce');
  }
  return builtin ? builtinFault(reduce) : runnerFault(reduce);
}

function builtinFault(reduce: Fields): ReduceFault | null {
  const { builtin, field } = reduce;
  if (!(BUILTINS as readonly unknown[]).includes(builtin)) {
    return planFault('unknown_builtin', `builtin must be one of ${BUILTINS.join(', ')}.`, '/reduce/builtin');
  }
  if (field !== undefined && (typeof field !== 'string' || field === '')) {
    return planFault('invalid_reduce_field', 'field must name a field of the results.', '/reduce/field');
  }
  return unknownFieldFault(reduce, ['builtin', 'field'], 'reduce');
}

function runnerFault(reduce: Fields): ReduceFault | null {
  const { runner_command: command, requirements, timeout_s: timeout, fan_in: fanIn } = reduce;
  const isCommand = Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === 'string');
  if (!isCommand || command[0] === '') {
    const detail = 'runner_command must be a list of strings, the program first.';
    return planFault('invalid_reduce_command', detail, '/reduce/runner_command');
  }
  if (requirements !== undefined && !isJsonObject(requirements)) {
    return planFault('invalid_reduce', 'requirements must be an object.', '/reduce/requirements');
  }
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0 && timeout <= MAX_TIMEOUT_S)) {
    const detail = `timeout_s must be a number of seconds above 0, ${MAX_TIMEOUT_S} at most.`;
    return planFault('invalid_timeout', detail, '/reduce/timeout_s');
  }
  if (fanIn !== undefined && !(Number.isSafeInteger(fanIn) && (fanIn as number) >= 2)) {
    return planFault('invalid_fan_in', 'fan_in must be a whole number, at least 2.', '/reduce/fan_in');
  }
  return unknownFieldFault(reduce, ['runner_command', 'requirements', 'timeout_s', 'fan_in'], 'reduce');
}

function minSuccessFault(share: unknown, pointer: string): ReduceFault | null {
  if (typeof share === 'number' && share >= 0 && share <= 1) return null;
  return planFault('invalid_min_success', 'min_success must be a number from 0 to 1.', pointer);
}
