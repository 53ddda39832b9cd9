import { Transform } from 'node:stream';
import type { ByteRange } from './object-store.js';

const MAX_EXPIRES_S = 7 * 24 * 3_600;

/** What every S3 accepts as the life of a presigned URL. */
export function assertExpiry(expires_s: number): void {
  if (!Number.isInteger(expires_s) || expires_s < 1 || expires_s > MAX_EXPIRES_S) {
    throw new RangeError(`a presigned URL lives between 1 and ${MAX_EXPIRES_S} seconds, not ${expires_s}`);
  }
}

export function assertRange({ start, end }: ByteRange): void {
  const isWhole = Number.isSafeInteger(start) && start >= 0 && (end === undefined || Number.isSafeInteger(end));
  if (!isWhole || (end !== undefined && end < start)) throw new RangeError(`not a byte range: ${start}-${end ?? ''}`);
}

/** Passes bytes on and fails when they are more or fewer than announced. */
export function expectSize(size_bytes: number): Transform {
  let seen = 0;
  const mismatch = () =>
    new RangeError(`the body has ${seen > size_bytes ? 'more' : 'fewer'} bytes than the announced ${size_bytes}`);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(seen > size_bytes ? mismatch() : null, chunk);
    },
    flush(done) {
      done(seen < size_bytes ? mismatch() : null);
    },
  });
}
