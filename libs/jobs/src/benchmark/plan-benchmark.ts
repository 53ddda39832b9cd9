import { isJsonObject, jsonPointer, planFault, unknownFieldFault, type PlanFault } from '../plan-fault.js';
import { MAX_TASKS_PER_JOB } from '../plan-spec.js';
import { PLATFORM_FIELDS } from '../reserved-fields.js';
import { objectiveFault, type ObjectiveFaultCode } from '../statistics/objective.js';
import type { BenchmarkSpec } from './benchmark-spec.js';
import { benchmarkTotal } from './benchmark-run.js';

/** Every pair of strategies is compared: the work per result grows with their number, the memory with its square. */
export const MAX_STRATEGIES = 200;

export type BenchmarkFaultCode =
  | ObjectiveFaultCode
  | 'invalid_benchmark'
  | 'invalid_strategy'
  | 'duplicate_strategy'
  | 'too_many_strategies'
  | 'invalid_case'
  | 'reserved_field'
  | 'invalid_repeats'
  | 'invalid_seed'
  | 'too_many_tasks';

export type BenchmarkFault = PlanFault<BenchmarkFaultCode>;

export interface PlannedBenchmark {
  readonly ok: true;
  readonly task_total: number;
  readonly benchmark: BenchmarkSpec;
}

type Fields = Record<string, unknown>;

/**
 * How many tasks a submission's `benchmark` makes, or the first fault in it. Takes what a user sent, whatever it is; a null field counts
 * as absent.
 */
export function planBenchmark(benchmark: unknown): PlannedBenchmark | BenchmarkFault {
  if (!isJsonObject(benchmark)) {
    return planFault(
      'invalid_benchmark',
      'benchmark must be an object with strategies, cases and an objective.',
      '/benchmark',
    );
  }
  const given = Object.fromEntries(Object.entries(benchmark).filter(([, value]) => value !== null));
  const fault =
    unknownFieldFault(given, ['strategies', 'cases', 'repeats', 'seed', 'objective'], 'benchmark') ??
    strategiesFault(given) ??
    casesFault(given) ??
    numbersFault(given) ??
    objectiveFault(given.objective, 'benchmark');
  if (fault) return fault;
  const asked = given as unknown as BenchmarkSpec;
  const task_total = benchmarkTotal(asked);
  if (task_total > MAX_TASKS_PER_JOB) {
    const detail = `This makes ${task_total} tasks; a job may have ${MAX_TASKS_PER_JOB}. Use fewer cases or repeats.`;
    return planFault('too_many_tasks', detail, '/benchmark');
  }
  return { ok: true, task_total, benchmark: asked };
}

function strategiesFault({ strategies }: Fields): BenchmarkFault | null {
  const place = '/benchmark/strategies';
  if (!Array.isArray(strategies) || strategies.length === 0) {
    return planFault('invalid_benchmark', 'strategies must be a list of at least one strategy with a name.', place);
  }
  if (strategies.length > MAX_STRATEGIES) {
    const detail = `A benchmark compares at most ${MAX_STRATEGIES} strategies; this one has ${strategies.length}.`;
    return planFault('too_many_strategies', detail, place);
  }
  const names = new Set<unknown>();
  for (const [place, strategy] of (strategies as unknown[]).entries()) {
    const fault = strategyFault(strategy, place);
    if (fault) return fault;
    const { name } = strategy as { name: string };
    if (names.has(name)) {
      const detail = `There are two strategies named ${JSON.stringify(name)}.`;
      return planFault('duplicate_strategy', detail, jsonPointer('benchmark', 'strategies', place, 'name'));
    }
    names.add(name);
  }
  return null;
}

function strategyFault(strategy: unknown, place: number): BenchmarkFault | null {
  const at = (...field: string[]) => jsonPointer('benchmark', 'strategies', place, ...field);
  if (!isJsonObject(strategy)) return planFault('invalid_strategy', 'A strategy must be an object with a name.', at());
  const { name, payload, runner_command } = strategy;
  if (typeof name !== 'string' || name === '') {
    return planFault('invalid_strategy', 'A strategy needs a name that is not empty.', at('name'));
  }
  if (payload !== undefined) {
    if (!isJsonObject(payload)) {
      return planFault('invalid_strategy', 'The payload of a strategy must be an object.', at('payload'));
    }
    const reserved = reservedFault(payload, 'strategies', place, 'payload');
    if (reserved) return reserved;
  }
  if (runner_command !== undefined && !isCommand(runner_command)) {
    const detail = 'runner_command must be a list of strings, the program first.';
    return planFault('invalid_strategy', detail, at('runner_command'));
  }
  return unknownFieldFault(strategy, ['name', 'payload', 'runner_command'], 'benchmark', 'strategies', place);
}

function isCommand(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value[0] !== '' && value.every((word) => typeof word === 'string');
}

function casesFault({ cases }: Fields): BenchmarkFault | null {
  if (!Array.isArray(cases) || cases.length === 0) {
    const detail = 'cases must be a list of at least one object; use [{}] for a benchmark of a single case.';
    return planFault('invalid_case', detail, '/benchmark/cases');
  }
  for (const [place, one] of (cases as unknown[]).entries()) {
    if (!isJsonObject(one)) {
      const detail = 'A case must be an object; its fields go into the payload.';
      return planFault('invalid_case', detail, jsonPointer('benchmark', 'cases', place));
    }
    const reserved = reservedFault(one, 'cases', place);
    if (reserved) return reserved;
  }
  return null;
}

function reservedFault(fields: Fields, ...place: (string | number)[]): BenchmarkFault | null {
  const reserved = PLATFORM_FIELDS.find((field) => Object.hasOwn(fields, field));
  if (reserved === undefined) return null;
  const detail = `The platform writes the field ${reserved} of each task's payload; choose another name.`;
  return planFault('reserved_field', detail, jsonPointer('benchmark', ...place, reserved));
}

function numbersFault({ repeats, seed }: Fields): BenchmarkFault | null {
  if (repeats !== undefined && !(Number.isSafeInteger(repeats) && (repeats as number) >= 1)) {
    return planFault('invalid_repeats', 'repeats must be a whole number, at least 1.', '/benchmark/repeats');
  }
  if (seed === undefined || Number.isSafeInteger(seed)) return null;
  return planFault('invalid_seed', 'seed must be a whole number below 2^53.', '/benchmark/seed');
}
