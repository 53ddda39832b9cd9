import { createHash } from 'node:crypto';
import { Refusal } from '../problems/refusal.js';
import { unavailable } from './open-external.js';

/**
 * The bytes as they come, and an error after them unless they have the hash. The last chunk is held until that is known, so that wrong bytes never look
 * complete: a reader sees them break off. @param sha256 null: whatever they are
 */
export async function* verifiedBytes(source: AsyncIterable<Buffer>, sha256: string | null): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let held: Buffer | null = null;
  for await (const chunk of unbroken(source)) {
    if (sha256 !== null) hash.update(chunk);
    if (held) yield held;
    held = chunk;
  }
  if (sha256 !== null && hash.digest('hex') !== sha256)
    throw new Refusal('external_mismatch', 'The bytes at the URL do not have the announced sha256.');
  if (held) yield held;
}

async function* unbroken(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* source;
  } catch (error) {
    throw unavailable(`The source broke off: ${(error as Error).message}.`);
  }
}
