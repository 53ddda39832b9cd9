import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StoreAway } from './store-away.js';

const LIMIT_MS = 15 * 60_000;
/** Answers by which a server says that another time it might have said something else. */
const isPassing = (status: number) => status >= 500 || status === 408 || status === 429;

async function fetchBody(
  url: string,
  headers: Readonly<Record<string, string>>,
  stop?: AbortSignal,
): Promise<Response> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const signal = stop ? AbortSignal.any([limit, stop]) : limit;
  const response = await fetch(url, { headers, redirect: 'error', signal }).catch(away);
  if (response.ok) return response;
  const Fault = isPassing(response.status) ? StoreAway : Error;
  throw new Fault(`the object store answered ${response.status}`);
}

function away(error: unknown): never {
  throw new StoreAway(`the object store does not answer: ${(error as Error).message}`, { cause: error });
}

async function* bytesOf(body: NonNullable<Response['body']>): AsyncGenerator<Uint8Array> {
  try {
    yield* Readable.fromWeb(body) as AsyncIterable<Uint8Array>;
  } catch (error) {
    away(error);
  }
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
  await pipeline(bytesOf(response.body), hashing, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  return hash.digest('hex');
}

export async function downloadText(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetchBody(url, headers);
  return response.text().catch(away);
}
