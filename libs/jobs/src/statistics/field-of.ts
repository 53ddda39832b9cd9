/**
 * The part of a result that `path` names: an own top-level field of exactly that name if there is one, else a dot path through objects
 * and arrays (`scores.0.loss`). undefined when it leads nowhere; inherited properties lead nowhere.
 */
export function fieldOf(result: unknown, path: string): unknown {
  if (isContainer(result) && Object.hasOwn(result, path)) return result[path];
  let place = result;
  for (const segment of path.split('.')) {
    if (!isContainer(place) || !Object.hasOwn(place, segment)) return undefined;
    place = place[segment];
  }
  return place;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export type ReadNumber =
  { readonly ok: true; readonly value: number } | { readonly ok: false; readonly reason: string };

/** A finite number out of a result, or why there is none. Without a path the result itself is the number. */
export function numberIn(result: unknown, path: string | undefined): ReadNumber {
  const value = path === undefined ? result : fieldOf(result, path);
  if (typeof value === 'number' && Number.isFinite(value)) return { ok: true, value };
  const name = path === undefined ? 'the result' : JSON.stringify(path);
  if (value === undefined) return { ok: false, reason: path === undefined ? 'no result' : `the result has no ${name}` };
  // readResult turns what a program wrote as NaN or Infinity into null
  if (value === null || typeof value === 'number') return { ok: false, reason: `${name} is null, NaN or infinite` };
  return { ok: false, reason: `${name} is ${describe(value)}, not a number` };
}

/** A kind of JSON value, for a sentence; short strings are quoted. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return value === null ? 'null' : 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > 40 ? 'a string' : `the string ${JSON.stringify(value)}`;
}
