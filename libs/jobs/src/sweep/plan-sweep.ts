import { MAX_TASKS_PER_JOB } from '../plan-spec.js';
import { isJsonObject, jsonPointer, planFault, unknownFieldFault, type PlanFault } from '../plan-fault.js';
import { PLATFORM_FIELDS } from '../reserved-fields.js';
import { objectiveFault, type ObjectiveFaultCode } from '../statistics/objective.js';
import { domainFault, type DomainFaultCode } from './domain-fault.js';
import { MAX_SOBOL_DIMENSIONS } from './sobol.js';
import { sweepTotal } from './sweep-point.js';
import type { SweepMode, SweepSpec } from './sweep-spec.js';

export type SweepFaultCode =
  | DomainFaultCode
  | ObjectiveFaultCode
  | 'invalid_sweep'
  | 'invalid_mode'
  | 'no_parameters'
  | 'reserved_field'
  | 'invalid_samples'
  | 'invalid_seed'
  | 'too_many_sobol_dimensions'
  | 'too_many_tasks';

export type SweepFault = PlanFault<SweepFaultCode>;

export interface PlannedSweep {
  readonly ok: true;
  readonly task_total: number;
  readonly sweep: SweepSpec;
}

const FIELDS = ['parameters', 'mode', 'samples', 'seed', 'objective'];
const MODES: readonly unknown[] = ['grid', 'random', 'sobol'] satisfies SweepMode[];

/**
 * How many points a submission's `sweep` has, or the first fault in it. Takes what a user sent, whatever it is; a null field counts as
 * absent. A sweep that passes can be given to `sweepPointAt` with every index below `task_total`.
 */
export function planSweep(sweep: unknown): PlannedSweep | SweepFault {
  if (!isJsonObject(sweep)) return planFault('invalid_sweep', 'sweep must be an object with parameters.', '/sweep');
  const given = Object.fromEntries(Object.entries(sweep).filter(([, value]) => value !== null));
  const fault = unknownFieldFault(given, FIELDS, 'sweep') ?? modeFault(given) ?? parametersFault(given);
  if (fault) return fault;
  const asked = given as unknown as SweepSpec;
  const settings =
    samplesFault(asked) ?? seedFault(asked) ?? (asked.objective && objectiveFault(asked.objective, 'sweep'));
  if (settings) return settings;
  const task_total = sweepTotal(asked);
  if (task_total > MAX_TASKS_PER_JOB) {
    const detail = `This makes ${task_total} points; a job may have ${MAX_TASKS_PER_JOB} tasks. Use fewer values, or samples.`;
    return planFault('too_many_tasks', detail, '/sweep');
  }
  return { ok: true, task_total, sweep: asked };
}

function modeFault({ mode }: Record<string, unknown>): SweepFault | null {
  if (mode === undefined || MODES.includes(mode)) return null;
  return planFault('invalid_mode', 'mode must be grid, random or sobol.', '/sweep/mode');
}

function parametersFault({ parameters, mode }: Record<string, unknown>): SweepFault | null {
  const place = '/sweep/parameters';
  if (!isJsonObject(parameters) || Object.keys(parameters).length === 0) {
    const detail = 'parameters must be an object: the name of each parameter, and its values or its range.';
    return planFault('no_parameters', detail, place);
  }
  const names = Object.keys(parameters);
  if (mode === 'sobol' && names.length > MAX_SOBOL_DIMENSIONS) {
    const detail = `A Sobol sweep has at most ${MAX_SOBOL_DIMENSIONS} parameters; this one has ${names.length}. Use mode random.`;
    return planFault('too_many_sobol_dimensions', detail, place);
  }
  for (const name of names) {
    const fault = nameFault(name) ?? domainFault(name, parameters[name], (mode as SweepMode | undefined) ?? 'grid');
    if (fault) return fault;
  }
  return null;
}

function nameFault(name: string): SweepFault | null {
  if (!PLATFORM_FIELDS.includes(name)) return null;
  const detail = `The platform writes the field ${name} of each task's payload; choose another name.`;
  return planFault('reserved_field', detail, jsonPointer('sweep', 'parameters', name));
}

function samplesFault({ mode = 'grid', samples }: SweepSpec): SweepFault | null {
  if (samples === undefined && mode === 'grid') return null;
  if (Number.isSafeInteger(samples) && (samples ?? 0) >= 1) return null;
  const detail = `A ${mode} sweep needs samples, the number of points: a whole number, at least 1.`;
  return planFault('invalid_samples', detail, '/sweep/samples');
}

function seedFault({ seed }: SweepSpec): SweepFault | null {
  if (seed === undefined || Number.isSafeInteger(seed)) return null;
  return planFault('invalid_seed', 'seed must be a whole number below 2^53.', '/sweep/seed');
}
