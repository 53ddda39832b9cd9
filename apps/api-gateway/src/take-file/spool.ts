import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { tooLarge, type FileKind } from './file-kind.js';

export interface Spooled {
  readonly file: string;
  /** sha256 in hex. */
  readonly hash: string;
  readonly size_bytes: number;
}

/** Writes the stream to a temporary file that exists while `work` runs. @throws Refusal when it is larger than its kind may be */
export async function spooled<T>(body: Readable, kind: FileKind, work: (spooled: Spooled) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-file-'));
  try {
    const file = join(folder, 'file');
    const hash = createHash('sha256');
    let size_bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        size_bytes += chunk.length;
        if (size_bytes > kind.maxBytes) return done(tooLarge(kind));
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
