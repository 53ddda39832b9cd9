import type { SubmittedSpec } from '../task-spec-of.js';

/** Values by the names of `payload._shared.resolve`. */
export type SharedValues = Readonly<Record<string, unknown>>;

/** The submission with its shared values in `payload._shared.values`. */
export function withShared<T extends SubmittedSpec>(submission: T, values: SharedValues | undefined): T {
  if (values === undefined) return submission;
  const { payload } = submission;
  return { ...submission, payload: { ...payload, _shared: { ...(payload?.['_shared'] as object), values } } };
}

/** Of a job's payload, what tasks get whose payload is an item. */
export function sharedPart(payload: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const common = ['_shared', '_artifacts'].map((field) => [field, payload[field] ?? null]);
  return Object.fromEntries(common.filter(([, value]) => value !== null)) as Record<string, unknown>;
}
