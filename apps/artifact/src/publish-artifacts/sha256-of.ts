import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** Hex sha256 of a stream, read once and never held whole. */
export async function sha256Of(body: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of body) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
