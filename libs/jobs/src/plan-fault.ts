/** Why a submission cannot be planned: a stable literal, what is wrong and what would be right, and where (JSON Pointer into the submission). */
export interface PlanFault<Code extends string = string> {
  readonly ok: false;
  readonly code: Code;
  readonly detail: string;
  readonly pointer: string;
}

export function planFault<Code extends string>(code: Code, detail: string, pointer: string): PlanFault<Code> {
  return { ok: false, code, detail, pointer };
}

/** JSON Pointer to the place that these segments lead to. */
export function jsonPointer(...segments: readonly (string | number)[]): string {
  return segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A fault for the first field that is not one of `known`: a typo is never dropped silently. */
export function unknownFieldFault(
  value: object,
  known: readonly string[],
  ...place: readonly (string | number)[]
): PlanFault<'unknown_field'> | null {
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown === undefined) return null;
  const detail = `There is no field ${JSON.stringify(unknown)} here; the fields are ${known.join(', ')}.`;
  return planFault('unknown_field', detail, jsonPointer(...place, unknown));
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
