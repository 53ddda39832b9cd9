import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const LIMIT_MS = 15 * 60_000;

async function fetchBody(
  url: string,
  headers: Readonly<Record<string, string>>,
  stop?: AbortSignal,
): Promise<Response> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const response = await fetch(url, {
    headers,
    redirect: 'error',
    signal: stop ? AbortSignal.any([limit, stop]) : limit,
  });
  if (!response.ok) throw new Error(`the object store answered ${response.status}`);
  return response;
}

/** Writes the body to a new file; resolves to the sha256 of what was written, as hex. */
export async function downloadFile(
  url: string,
  headers: Readonly<Record<string, string>>,
  path: string,
  stop?: AbortSignal,
): Promise<string> {
  const response = await fetchBody(url, headers, stop);
  if (!response.body) throw new Error('the object store answered without a body');
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      next(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body), hashing, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  return hash.digest('hex');
}

export async function downloadText(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return (await fetchBody(url, headers)).text();
}
