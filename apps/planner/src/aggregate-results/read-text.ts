import type { Readable } from 'node:stream';

/** The whole of a stream as UTF-8; null when it is longer than `maxBytes`. */
export async function readText(body: Readable, maxBytes: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk as Buffer);
    size += bytes.length;
    // leaving the loop destroys the stream
    if (size > maxBytes) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}
