/** OpenAPI 3.1 says "or null" by the type. */
export function withoutNullable<T>(value: T): T {
  return rewrite(value) as T;
}

function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as { nullable?: unknown; type?: unknown };
  const typed = nullable === true && typeof rest.type === 'string' ? { ...rest, type: [rest.type, 'null'] } : rest;
  return Object.fromEntries(Object.entries(typed).map(([key, inner]) => [key, rewrite(inner)]));
}
