import { decodeId } from '@computalot/kernel';
import { isKvKey, KV_KEY_RULE } from '../kv-key.js';
import { isJsonObject, jsonPointer, planFault, unknownFieldFault, type PlanFault } from '../plan-fault.js';

/** What a name in `payload._shared.resolve` stands for: a value of the project, or a place in the results document of a job. */
export type SharedReference =
  | { readonly name: string; readonly kv: string }
  | { readonly name: string; readonly job_id: string; readonly path: string };

export const MAX_SHARED = 100;

const POINTER = /^(\/([^~/]|~[01])*)+$/;
const PLACE = ['payload', '_shared'] as const;

/** The references of a payload without a {@link sharedFault}. */
export function sharedReferencesOf(payload: Readonly<Record<string, unknown>>): SharedReference[] {
  const { resolve } = (payload['_shared'] ?? {}) as { resolve?: Record<string, object> | null };
  return Object.entries(resolve ?? {}).map(([name, reference]) => ({ name, ...reference }) as SharedReference);
}

/** The first fault in `payload._shared`; null and absent ask for nothing. */
export function sharedFault(payload: Readonly<Record<string, unknown>>): PlanFault | null {
  const shared = payload['_shared'] ?? null;
  if (shared === null) return null;
  if (!isJsonObject(shared)) return invalid('must be an object {"resolve": {…}}');
  const { resolve = null } = shared;
  const unknown = unknownFieldFault(shared, ['resolve'], ...PLACE);
  if (unknown || resolve === null) return unknown;
  if (!isJsonObject(resolve)) return invalid('must be an object of names and what they stand for', 'resolve');
  const entries = Object.entries(resolve);
  if (entries.length > MAX_SHARED) return invalid(`has more than ${MAX_SHARED} names`, 'resolve');
  for (const [name, reference] of entries) {
    const fault = referenceFault(reference, name);
    if (fault) return fault;
  }
  return null;
}

function referenceFault(reference: unknown, name: string): PlanFault | null {
  const place = ['resolve', name] as const;
  if (!isJsonObject(reference)) return invalid('must be {"kv": key} or {"job_id": "job_…", "path": "/…"}', ...place);
  if ('kv' in reference) {
    const isKey = typeof reference['kv'] === 'string' && isKvKey(reference['kv']);
    return (
      unknownFieldFault(reference, ['kv'], ...PLACE, ...place) ??
      (isKey ? null : invalid(`must be a key: it ${KV_KEY_RULE}`, ...place, 'kv'))
    );
  }
  const { job_id, path } = reference;
  const unknown = unknownFieldFault(reference, ['job_id', 'path'], ...PLACE, ...place);
  if (unknown) return unknown;
  if (typeof job_id !== 'string' || decodeId('job', job_id) === null)
    return invalid('must be the id of a job, job_…', ...place, 'job_id');
  if (typeof path === 'string' && POINTER.test(path)) return null;
  return invalid('must be a JSON Pointer into the results of the job, e.g. /aggregate_result/best', ...place, 'path');
}

const invalid = (detail: string, ...place: readonly string[]) =>
  planFault('invalid_shared', detail, jsonPointer(...PLACE, ...place));
