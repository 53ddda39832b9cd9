import type { FieldFault } from '@computalot/contracts';
import type { JsonBody } from '../parse-json/json-body.js';
import { elementsOf, membersOf } from '../parse-json/json-text.js';
import { pointerTo, Refusal } from '../problems/refusal.js';

export const MAX_BATCH_ENTRIES = 200;

/** An entry that may be read as a submission, or why not. */
export type BatchEntry = JsonBody | Refusal;

/** The entries of `{"jobs": […]}`. @throws Refusal when the envelope itself is not valid */
export function readBatch({ value, text }: JsonBody): BatchEntry[] {
  const faults: FieldFault[] = Object.keys(value)
    .filter((field) => field !== 'jobs')
    .map((field) => ({ pointer: pointerTo(field), detail: 'unknown field' }));
  const members = membersOf(text, (field) =>
    faults.push({ pointer: pointerTo(field), detail: 'is given more than once' }),
  );
  const { jobs } = value;
  if (!Array.isArray(jobs)) faults.push({ pointer: '/jobs', detail: 'must be an array of submissions' });
  else if (jobs.length > MAX_BATCH_ENTRIES)
    faults.push({
      pointer: '/jobs',
      detail: `has ${jobs.length} entries; at most ${MAX_BATCH_ENTRIES} are taken at once`,
    });
  if (faults.length > 0) throw Refusal.invalid(faults);
  return elementsOf(members.get('jobs') ?? '[]').map((entry, n) => entryOf((jobs as unknown[])[n], entry));
}

function entryOf(value: unknown, text: string): BatchEntry {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { value: value as Record<string, unknown>, text };
  return Refusal.invalid([{ pointer: '', detail: 'must be a JSON object' }]);
}
