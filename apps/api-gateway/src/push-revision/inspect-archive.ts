import { createReadStream } from 'node:fs';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { Refusal } from '../problems/refusal.js';
import { ArchiveRules, insidePath, MAX_UNPACKED_BYTES } from './archive-rules.js';

export const MANIFEST = 'computalot.project.json';
const MAX_MANIFEST_BYTES = 1024 * 1024;
/** Headers and padding of the largest archive that may pass. */
const MAX_TAR_BYTES = MAX_UNPACKED_BYTES + 200_000_000;

export interface InspectedArchive {
  readonly entry_count: number;
  /** Bytes of the manifest, when there is one. */
  readonly manifest: Buffer | null;
}

/** Reads a tar.gz from its first to its last byte without unpacking it. @throws Refusal `invalid_archive` or `unsafe_archive` */
export async function inspectArchive(file: string): Promise<InspectedArchive> {
  const rules = new ArchiveRules();
  const manifest = new ManifestBytes();
  try {
    await pipeline(createReadStream(file), createGunzip(), limitTo(MAX_TAR_BYTES), parseEntries(rules, manifest));
  } catch (error) {
    throw error instanceof Refusal
      ? error
      : new Refusal('invalid_archive', `The archive cannot be read: ${(error as Error).message.slice(0, 200)}.`);
  }
  const fault = rules.finish();
  if (fault) throw new Refusal(rules.entries === 0 ? 'invalid_archive' : 'unsafe_archive', fault);
  return { entry_count: rules.entries, manifest: manifest.bytes() };
}

/** A tar parser as the end of a pipeline; the first fault ends the pipeline. */
function parseEntries(rules: ArchiveRules, manifest: ManifestBytes): Writable {
  const parser = new Parser({ strict: true });
  let failure: Error | null = null;
  const onEntry = (entry: ReadEntry): void => {
    const fault = failure
      ? null
      : rules.add({ path: entry.path, type: entry.type, linkpath: entry.linkpath, size: entry.size });
    if (fault) failure = new Refusal('unsafe_archive', fault);
    if (!failure && insidePath(entry.path) === MANIFEST && entry.type === 'File') manifest.collect(entry);
    entry.resume();
  };
  parser.on('entry', onEntry);
  parser.on('ignoredEntry', onEntry);
  parser.on('error', (error: Error) => (failure ??= error));
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const goOn = parser.write(chunk);
      if (goOn || failure) done(failure);
      else parser.once('drain', () => done(failure));
    },
    final(done) {
      parser.once('end', () => done(failure));
      parser.once('close', () => done(failure));
      parser.end();
    },
  });
}

class ManifestBytes {
  private chunks: Buffer[] | null = null;
  private size = 0;

  /** The last entry of the name counts, as it does when the archive is unpacked. */
  collect(entry: ReadEntry): void {
    const chunks: Buffer[] = [];
    this.chunks = chunks;
    this.size = entry.size;
    entry.on('data', (chunk: Buffer) => {
      if (entry.size <= MAX_MANIFEST_BYTES) chunks.push(chunk);
    });
  }

  bytes(): Buffer | null {
    if (!this.chunks) return null;
    if (this.size > MAX_MANIFEST_BYTES) throw new Refusal('invalid_manifest', `${MANIFEST} is larger than 1 MiB.`);
    return Buffer.concat(this.chunks);
  }
}

function limitTo(limit: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > limit)
        done(new Refusal('unsafe_archive', `The archive unpacks to more than ${MAX_UNPACKED_BYTES / 1e9} GB.`));
      else done(null, chunk);
    },
  });
}
