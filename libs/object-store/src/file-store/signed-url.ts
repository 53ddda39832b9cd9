import { createHmac, timingSafeEqual } from 'node:crypto';

export type TransferMethod = 'GET' | 'PUT';

/** What a signature vouches for: one method on one key until one moment. */
export interface TransferGrant {
  readonly method: TransferMethod;
  readonly key: string;
  /** Seconds since 1970. */
  readonly expires_at_s: number;
  readonly filename?: string;
}

export function signUrl(origin: string, secret: string, grant: TransferGrant): string {
  const url = new URL(grant.key.split('/').map(encodeURIComponent).join('/'), `${origin}/`);
  url.searchParams.set('expires', String(grant.expires_at_s));
  if (grant.filename !== undefined) url.searchParams.set('filename', grant.filename);
  url.searchParams.set('signature', signatureOf(secret, grant));
  return url.href;
}

/** The grant that `method` on this path and query proves, or null when the signature is not ours or its time is over. */
export function verifyUrl(method: string, pathAndQuery: string, secret: string, now_s: number): TransferGrant | null {
  if (method !== 'GET' && method !== 'PUT') return null;
  const url = new URL(pathAndQuery, 'http://store.invalid');
  const filename = url.searchParams.get('filename') ?? undefined;
  const grant = { method, key: keyOf(url), expires_at_s: Number(url.searchParams.get('expires')), filename } as const;
  const given = Buffer.from(url.searchParams.get('signature') ?? '');
  const expected = Buffer.from(signatureOf(secret, grant));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  return grant.expires_at_s >= now_s ? grant : null;
}

function keyOf(url: URL): string {
  try {
    return url.pathname.slice(1).split('/').map(decodeURIComponent).join('/');
  } catch {
    return '';
  }
}

function signatureOf(secret: string, grant: TransferGrant): string {
  const claim = JSON.stringify([grant.method, grant.key, grant.expires_at_s, grant.filename ?? null]);
  return createHmac('sha256', secret).update(claim).digest('base64url');
}
