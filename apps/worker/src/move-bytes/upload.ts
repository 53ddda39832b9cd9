import { request as httpRequest, type ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Milliseconds without any progress after which a transfer is given up. */
const STALL_MS = 60_000;

/** Bytes to send: read anew for every try. */
export interface UploadSource {
  readonly size_bytes: number;
  /** Each piece is true until the next is asked for. */
  open(): AsyncIterable<Buffer>;
}

/**
 * PUTs with a Content-Length, as signed URLs of object stores demand.
 *
 * @throws Error on a connection fault, a stall, or any status but 2xx
 */
export async function upload(
  url: string,
  headers: Readonly<Record<string, string>>,
  source: UploadSource,
): Promise<void> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const put = send(url, { method: 'PUT', headers: { ...headers, 'content-length': String(source.size_bytes) } });
  const answered = new Promise<number>((resolve, reject) => {
    put.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    put.on('error', reject);
    put.setTimeout(STALL_MS, () => put.destroy(new Error('the upload stalled')));
  });
  // An early answer (403, 413) may come with the connection closed: it explains more than the broken pipe it causes.
  const sent = pipeline(source.open(), pieceByPiece(put)).catch((error: unknown) => error);
  const status = await answered.catch((error: unknown) => Promise.reject(asError(error)));
  if (status < 200 || status > 299) throw new Error(`the object store answered ${status}`);
  const fault = await sent;
  if (fault !== undefined) throw asError(fault);
}

/** Takes the next piece when the last has left for the kernel, so that a source may use its memory again. */
function pieceByPiece(put: ClientRequest): Writable {
  const body = new Writable({
    highWaterMark: 1,
    write: (piece: Buffer, _encoding, done) => void put.write(piece, done),
    final: (done) => void put.end(done),
  });
  put.on('close', () => body.destroy());
  return body;
}

function asError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault));
}
