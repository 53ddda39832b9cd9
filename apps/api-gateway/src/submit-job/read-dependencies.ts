import type { DependencyCondition, FieldFault } from '@computalot/contracts';
import { decodeId } from '@computalot/kernel';
import { pointerTo, Refusal } from '../problems/refusal.js';
import { isPlainObject } from './map-of.validator.js';

/** A job to wait for, and what is asked of its end. */
export interface Dependency {
  /** As the database knows it. */
  readonly job_id: string;
  readonly condition: DependencyCondition;
}

/** Jobs that one job may wait for. */
export const MAX_DEPENDENCIES = 10_000;
const CONDITIONS: readonly unknown[] = ['completed', 'partial', 'terminal'] satisfies DependencyCondition[];
const FIELDS: readonly string[] = ['job_id', 'condition'];

/** The entries of `depends_on`, in order, and what is wrong with their form; entries with faults are left out, as is what is beyond the limit. */
export function readDependencies(value: unknown): { dependencies: Dependency[]; faults: FieldFault[] } {
  const dependencies: Dependency[] = [];
  const faults: FieldFault[] = [];
  const seen = new Map<string, number>();
  for (const [at, entry] of entriesOf(value).entries()) {
    const wrong = faultsOfEntry(entry, at);
    const dependency = dependencyOf(entry);
    const first = dependency && seen.get(dependency.job_id);
    if (wrong.length > 0 || !dependency) faults.push(...wrong);
    else if (first !== undefined) faults.push(fault(`is the same job as entry ${first}`, at));
    else dependencies.push(dependency);
    if (dependency && first === undefined) seen.set(dependency.job_id, at);
  }
  return { dependencies, faults };
}

/** Refuses a job that depends on one the account does not have, with a pointer to each entry. @throws Refusal */
export function refuseUnknown(dependencies: readonly Dependency[], known: ReadonlySet<string>): void {
  const faults = dependencies.flatMap(({ job_id }, at) =>
    known.has(job_id) ? [] : [fault('is no job of this account', at)],
  );
  if (faults.length > 0) throw Refusal.invalid(faults, 'dependency_not_found');
}

const entriesOf = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, MAX_DEPENDENCIES) : []);

function dependencyOf(entry: unknown): Dependency | null {
  const { job_id, condition } = isPlainObject(entry) ? entry : { job_id: entry, condition: null };
  const id = typeof job_id === 'string' ? decodeId('job', job_id) : null;
  return id === null ? null : { job_id: id, condition: (condition ?? 'completed') as DependencyCondition };
}

function faultsOfEntry(entry: unknown, at: number): FieldFault[] {
  if (!isPlainObject(entry)) return dependencyOf(entry) ? [] : [fault('must be the id of a job, job_…', at)];
  const { condition } = entry;
  const isUnknown = condition !== undefined && condition !== null && !CONDITIONS.includes(condition);
  return [
    ...Object.keys(entry)
      .filter((field) => !FIELDS.includes(field))
      .map((field) => fault('unknown field', at, field)),
    ...(dependencyOf(entry) ? [] : [fault('must be the id of a job, job_…', at, 'job_id')]),
    ...(isUnknown ? [fault(`must be one of ${CONDITIONS.join(', ')}`, at, 'condition')] : []),
  ];
}

function fault(detail: string, ...path: (string | number)[]): FieldFault {
  return { pointer: pointerTo('depends_on', ...path), detail };
}
