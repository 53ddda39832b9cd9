import { createHash } from 'node:crypto';

export interface FingerprintedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly content_type: string | undefined;
  /** The body, or a hash of it. */
  readonly body: string;
  /** Whoever may get a sealed answer; empty for an answer that is not sealed. */
  readonly reader: string;
}

/** sha256 by which the same request is known again. */
export function fingerprintOf({ method, url, content_type, body, reader }: FingerprintedRequest): Buffer {
  const head = JSON.stringify([method, url, content_type?.trim().toLowerCase() ?? '', reader]);
  return createHash('sha256').update(head).update('\n').update(body).digest();
}

const KEY = /^[\x21-\x7e]{1,255}$/;

export const isIdempotencyKey = (value: unknown): value is string => typeof value === 'string' && KEY.test(value);
