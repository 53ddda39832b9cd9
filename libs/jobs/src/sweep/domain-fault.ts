import { isJsonObject, jsonPointer, planFault, unknownFieldFault, type PlanFault } from '../plan-fault.js';
import { axisOf } from './parameter-axis.js';
import type { NumberRange, SweepMode } from './sweep-spec.js';

export type DomainFaultCode = 'invalid_parameter' | 'grid_needs_levels' | 'unknown_field';

type Fault = PlanFault<DomainFaultCode> | null;

/** What is wrong with the values of parameter `name`. A domain without fault has an axis with at least one value. */
export function domainFault(name: string, domain: unknown, mode: SweepMode): Fault {
  if (Array.isArray(domain)) {
    return domain.length > 0 ? null : invalid(name, `${name} has no values; list at least one.`);
  }
  if (!isJsonObject(domain)) {
    return invalid(name, `${name} must be a list of values or a range {min, max, step | count, log}.`);
  }
  const fault =
    unknownFieldFault(domain, ['min', 'max', 'step', 'log', 'count'], 'sweep', 'parameters', name) ??
    endsFault(name, domain) ??
    spacingFault(name, domain);
  if (fault) return fault;
  const range = domain as unknown as NumberRange;
  const axis = axisOf(range);
  if (axis.kind === 'levels' && !Number.isSafeInteger(axis.count)) {
    return invalid(name, `${name} has more values than can be counted.`, 'step');
  }
  if (mode !== 'grid' || axis.kind === 'levels') return null;
  const detail = `A grid needs to know which values ${name} takes: give step or count, or use mode random or sobol.`;
  return planFault('grid_needs_levels', detail, jsonPointer('sweep', 'parameters', name));
}

function endsFault(name: string, { min, max }: Record<string, unknown>): Fault {
  if (!isNumber(min)) return invalid(name, `${name} needs min, a number.`, 'min');
  if (!isNumber(max)) return invalid(name, `${name} needs max, a number.`, 'max');
  if (min > max) return invalid(name, `min of ${name} is above its max.`, 'min');
  return Number.isFinite(max - min) ? null : invalid(name, `The range of ${name} is too wide for a double.`, 'max');
}

function spacingFault(name: string, { min, step, count, log }: Record<string, unknown>): Fault {
  if (step !== undefined && !(isNumber(step) && step > 0)) {
    return invalid(name, `step of ${name} must be a number above 0.`, 'step');
  }
  if (count !== undefined && !(Number.isSafeInteger(count) && (count as number) >= 1)) {
    return invalid(name, `count of ${name} must be a whole number, at least 1.`, 'count');
  }
  if (log !== undefined && typeof log !== 'boolean')
    return invalid(name, `log of ${name} must be true or false.`, 'log');
  if (step !== undefined && count !== undefined) return invalid(name, `${name} has step and count; give one.`, 'count');
  if (!log) return null;
  if (step !== undefined) return invalid(name, `A logarithmic range is spaced by count, not by step.`, 'step');
  return (min as number) > 0 ? null : invalid(name, `A logarithmic range needs min above 0.`, 'min');
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function invalid(name: string, detail: string, ...field: string[]): PlanFault<'invalid_parameter'> {
  return planFault('invalid_parameter', detail, jsonPointer('sweep', 'parameters', name, ...field));
}
