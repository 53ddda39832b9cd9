import { MAX_CHECKPOINT_BYTES, MAX_CHECKPOINT_ENTRIES } from '@computalot/contracts';
import { DomainError } from '@computalot/kernel';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Header, Pax } from 'tar';
import { walkFolder, type FoundFile } from './walk-folder.js';

const BLOCK = 512;
const READ_BYTES = 1 << 20;

/**
 * What the folder looks like: changes with the name, size, time or identity of any of its files. Null when it has none.
 *
 * @throws DomainError `checkpoint_too_large`
 */
export async function stateOf(folder: string): Promise<string | null> {
  const lines: string[] = [];
  let bytes = 0;
  for await (const { path, size, mtimeMs, ino } of walkFolder(folder)) {
    lines.push(`${path}\0${size}\0${mtimeMs}\0${ino}`);
    bytes += size;
    if (lines.length > MAX_CHECKPOINT_ENTRIES || bytes > MAX_CHECKPOINT_BYTES) throw tooLarge();
  }
  return lines.length === 0 ? null : lines.join('\n');
}

/** Writes the folder's regular files to a new tar, not compressed. Resolves to the bytes of the files. */
export async function packFolder(folder: string, target: string): Promise<number> {
  const count = { bytes: 0 };
  await pipeline(Readable.from(archive(folder, count)), createWriteStream(target, { flags: 'w', mode: 0o600 }));
  return count.bytes;
}

async function* archive(folder: string, count: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const file of walkFolder(folder)) {
    count.bytes += file.size;
    if (count.bytes > MAX_CHECKPOINT_BYTES) throw tooLarge();
    yield* headOf(file);
    yield* contentOf(file);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function headOf({ path, size, mtimeMs, mode }: FoundFile): Buffer[] {
  const fields = { path, size, mode: mode & 0o777, mtime: new Date(mtimeMs), type: 'File' as const };
  const header = new Header(fields);
  const needsPax = header.encode();
  const pax = needsPax ? [new Pax({ path, size, mtime: fields.mtime }).encode()] : [];
  return [...pax, header.block as Buffer];
}

/** Exactly the bytes that the header says, whatever has become of the file: cut, or filled up with zeros. */
async function* contentOf({ handle, size }: FoundFile): AsyncGenerator<Buffer> {
  let left = size;
  while (left > 0) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(READ_BYTES, left)), 0, null, size - left);
    if (bytesRead === 0) buffer.fill(0);
    const part = bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead);
    left -= part.length;
    yield part;
  }
  const rest = size % BLOCK;
  if (rest > 0) yield Buffer.alloc(BLOCK - rest);
}

function tooLarge(): DomainError {
  const most = `${MAX_CHECKPOINT_ENTRIES} files and ${MAX_CHECKPOINT_BYTES} bytes`;
  return new DomainError('checkpoint_too_large', `a checkpoint has at most ${most}`);
}
