import type { Readable } from 'node:stream';
import type { ByteRange } from '@computalot/object-store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../problems/refusal.js';
import { byteRange } from './byte-range.js';

/** Bytes of a known size that can be opened at any range. */
export interface ByteSource {
  readonly size_bytes: number;
  /** Null when they have disappeared. */
  open(range?: Required<ByteRange>): Promise<Readable | Buffer | null>;
}

/** Answers with the bytes, or the range of them that was asked for (206, or 416). The caller has set the type. */
export async function sendBytes(request: FastifyRequest, reply: FastifyReply, source: ByteSource): Promise<void> {
  const { size_bytes } = source;
  const range = byteRange(request.headers.range, size_bytes);
  if (range === 'unsatisfiable') {
    throw new Refusal('range_not_satisfiable', `There are ${size_bytes} bytes.`, {
      headers: { 'content-range': `bytes */${size_bytes}` },
    });
  }
  const isHead = request.method === 'HEAD';
  const body = isHead ? Buffer.alloc(0) : await source.open(range ?? undefined);
  if (!body) throw Refusal.notFound('The content');
  reply.header('accept-ranges', 'bytes').header('content-length', range ? range.end - range.start + 1 : size_bytes);
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size_bytes}`);
  if (isHead) return void (await reply.send());
  await reply.send(body);
}

export function bytesOf(buffer: Buffer): ByteSource {
  return {
    size_bytes: buffer.length,
    open: (range) => Promise.resolve(range ? buffer.subarray(range.start, range.end + 1) : buffer),
  };
}
