const MAX_KEY_BYTES = 1_024;
// Control characters, NUL among them, and lone surrogates have no faithful form in a URL or a file name.
const UNFIT = /[\u0000-\u001f\u007f]|\p{Surrogate}/u;

/** Throws RangeError unless `key` is `a/b/c`: relative, no empty, `.` or `..` segment, no control characters, at most 1,024 bytes of UTF-8. */
export function assertObjectKey(key: string): void {
  const problem = problemOf(key);
  if (problem) throw new RangeError(problem);
}

/** A prefix is a key that may end in a slash; the empty one is refused, because deleting "everything" is never what is meant. */
export function assertObjectPrefix(prefix: string): void {
  assertObjectKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
}

function problemOf(key: string): string | null {
  if (key === '') return 'the key is empty';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `the key is longer than ${MAX_KEY_BYTES} bytes`;
  if (UNFIT.test(key)) return 'the key holds characters that cannot be stored';
  const segments = key.split('/');
  if (segments.includes('')) return 'the key starts or ends with a slash, or holds two in a row';
  if (segments.includes('.') || segments.includes('..')) return 'the key holds a "." or ".." segment';
  return null;
}
