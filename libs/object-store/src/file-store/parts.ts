import { Readable } from 'node:stream';
import type { StoredPart } from '../object-store.js';
import type { FileBytes } from './file-bytes.js';

/** Parts of an object are objects below it, with their numbers as names, beside one named `begun` while the upload is under way. */
export const partKey = (key: string, uploadId: string, name: string) => `${key}/${uploadId}.parts/${name}`;

export async function listParts(
  bytes: FileBytes,
  key: string,
  uploadId: string,
): Promise<readonly StoredPart[] | null> {
  const found = await bytes.list(partKey(key, uploadId, ''));
  if (!found.some(({ name }) => name === 'begun')) return null;
  const parts = found.filter(({ name }) => name !== 'begun');
  return parts.map(({ name, size_bytes }) => ({ part: Number(name), size_bytes })).sort((a, b) => a.part - b.part);
}

/** Copies them, one after the other, and removes them. */
export async function joinParts(bytes: FileBytes, key: string, uploadId: string): Promise<boolean> {
  const parts = await listParts(bytes, key, uploadId);
  if (!parts) return false;
  async function* all(): AsyncGenerator<Buffer> {
    for (const { part } of parts ?? []) {
      const opened = await bytes.open(partKey(key, uploadId, String(part)));
      if (!opened) throw new Error(`part ${part} of ${key} is gone`);
      yield* opened.stream() as AsyncIterable<Buffer>;
    }
  }
  await bytes.write(key, Readable.from(all()));
  await bytes.removePrefix(partKey(key, uploadId, ''));
  return true;
}
