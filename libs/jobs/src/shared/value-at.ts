/** What a JSON Pointer (RFC 6901) leads to; undefined where there is nothing. */
export function valueAt(document: unknown, pointer: string): unknown {
  return stepsOf(pointer).reduce(step, document);
}

/** The steps of a valid JSON Pointer, in clear. */
export function stepsOf(pointer: string): string[] {
  const steps = pointer.split('/').slice(1);
  return steps.map((text) => text.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function step(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(name) ? (value as unknown[])[Number(name)] : undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
