import type { Readable } from 'node:stream';

/** Cuts a stream into parts of `partBytes`; only the last is smaller. Holds one part in memory. An empty stream is one empty part. */
export async function* takeParts(body: Readable | AsyncIterable<Buffer>, partBytes: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let isFirst = true;
  for await (const chunk of body as AsyncIterable<Buffer | Uint8Array>) {
    held.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    heldBytes += chunk.byteLength;
    while (heldBytes >= partBytes) {
      const all = Buffer.concat(held);
      yield all.subarray(0, partBytes);
      isFirst = false;
      held = [all.subarray(partBytes)];
      heldBytes -= partBytes;
    }
  }
  if (isFirst || heldBytes > 0) yield Buffer.concat(held);
}
