import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../problems/refusal.js';

/** Bytes of a pushed archive, compressed. */
export const MAX_ARCHIVE_BYTES = 1_000_000_000;

export interface Spooled {
  readonly file: string;
  /** sha256 in hex. */
  readonly hash: string;
  readonly size_bytes: number;
}

/** Writes the stream to a temporary file that exists while `work` runs. @throws Refusal `archive_too_large` */
export async function spooled<T>(body: Readable, work: (spooled: Spooled) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-push-'));
  try {
    const file = join(folder, 'archive');
    const hash = createHash('sha256');
    let size_bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        size_bytes += chunk.length;
        if (size_bytes > MAX_ARCHIVE_BYTES) return done(tooLarge());
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(body, measure, createWriteStream(file));
    return await work({ file, hash: hash.digest('hex'), size_bytes });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function tooLarge(): Refusal {
  return new Refusal('archive_too_large', `The archive is larger than ${MAX_ARCHIVE_BYTES / 1e9} GB.`, {
    headers: { connection: 'close' },
  });
}
