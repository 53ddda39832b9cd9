import { join } from 'node:path';

/**
 * Where an object lies below the store's folder. Every byte outside [a-z0-9._-] is percent-encoded, so that names survive file systems that fold
 * case or normalise Unicode; folders end in `.d` and files in `.o`, so that `a` and `a/b` can both exist.
 */
export function objectPath(root: string, key: string): string {
  const segments = key.split('/').map(encodeSegment);
  const name = segments.pop()!;
  return join(root, ...segments.map((segment) => `${segment}.d`), `${name}.o`);
}

/** The deepest folder that holds every object below `prefix`. */
export function prefixFolder(root: string, prefix: string): string {
  const folders = prefix.split('/').slice(0, -1).map(encodeSegment);
  return join(root, ...folders.map((segment) => `${segment}.d`));
}

/** Whether an encoded name (of a folder or a file) can hold keys whose next segment starts with `start`. */
export function startsSegment(encodedName: string, start: string): boolean {
  return encodedName.replace(/\.[do]$/, '').startsWith(encodeSegment(start));
}

const MAX_NAME_BYTES = 250;

function encodeSegment(segment: string): string {
  let encoded = '';
  for (const byte of Buffer.from(segment)) {
    const char = String.fromCharCode(byte);
    encoded += /[a-z0-9._-]/.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`;
  }
  if (encoded.length > MAX_NAME_BYTES) throw new RangeError('a segment of the key is too long for a file name');
  return encoded;
}
