import type { SubmittedSpec } from '../task-spec-of.js';

/** Values by the names of `payload._shared.resolve`. */
export type SharedValues = Readonly<Record<string, unknown>>;

/** The submission with its shared values in `payload._shared.values`; null: there are none. */
export function withShared<T extends SubmittedSpec>(submission: T, values: SharedValues | null): T {
  if (values === null) return submission;
  const { payload } = submission;
  return { ...submission, payload: { ...payload, _shared: { ...(payload?.['_shared'] as object), values } } };
}

/** Of a job's payload, what tasks get whose payload is an item. */
export function sharedPart(payload: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const shared = payload['_shared'] ?? null;
  return shared === null ? {} : { _shared: shared };
}
