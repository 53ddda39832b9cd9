/** A piece of JSON text that no value would be written as: a number beyond any float, half a surrogate pair, ten thousand brackets. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** An object given by its members in order, so that one may come twice. */
export class Members {
  constructor(readonly list: readonly (readonly [string, unknown])[]) {}
}

/** JSON of a value that may hold {@link RawJson} and {@link Members}. */
export function jsonText(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (value instanceof Members) return objectText(value.list);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value === 'object' && value !== null) return objectText(Object.entries(value));
  return JSON.stringify(value) ?? 'null';
}

function objectText(members: readonly (readonly [string, unknown])[]): string {
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`).join(',')}}`;
}
