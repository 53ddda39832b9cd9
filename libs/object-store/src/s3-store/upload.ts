import type { Client } from 'minio';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StoredObject } from '../object-store.js';
import { expectSize } from '../transfer-rules.js';
import { takeParts } from './take-parts.js';

/** At least 5 MiB, by S3's rules; 10,000 parts at most. */
const MIN_PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 10_000;

export interface UploadTarget {
  readonly client: Client;
  readonly bucket: string;
  readonly key: string;
}

/**
 * One PUT when the body fits a part, a multipart upload of its own otherwise. (The client's `putObject` resumes whatever upload of the key it
 * finds, so two at once would mix their parts, and it never ends when the source breaks.)
 */
export async function upload(
  target: UploadTarget,
  body: Readable | Buffer,
  size_bytes?: number,
): Promise<StoredObject> {
  if (Buffer.isBuffer(body)) {
    if (size_bytes !== undefined && size_bytes !== body.length) {
      throw new RangeError(`the body has ${body.length} bytes, not the announced ${size_bytes}`);
    }
    return putWhole(target, body);
  }
  const partBytes = Math.max(MIN_PART_BYTES, Math.ceil((size_bytes ?? 0) / MAX_PARTS));
  const send = (chunks: AsyncIterable<Buffer>) => sendParts(target, takeParts(chunks, partBytes), partBytes);
  return size_bytes === undefined ? pipeline(body, send) : pipeline(body, expectSize(size_bytes), send);
}

async function sendParts(
  target: UploadTarget,
  parts: AsyncGenerator<Buffer>,
  partBytes: number,
): Promise<StoredObject> {
  const first = (await parts.next()).value as Buffer;
  if (first.length < partBytes) {
    // The end must be seen before anything is stored: a body of the wrong size fails only there.
    await parts.next();
    return putWhole(target, first);
  }
  const multipart = await Multipart.begin(target);
  try {
    await multipart.add(first);
    for await (const part of parts) await multipart.add(part);
    return await multipart.complete();
  } catch (error) {
    await multipart.abort();
    throw error;
  }
}

async function putWhole({ client, bucket, key }: UploadTarget, body: Buffer): Promise<StoredObject> {
  const { etag } = await client.putObject(bucket, key, body, body.length);
  return { size_bytes: body.length, etag };
}

class Multipart {
  private readonly parts: { part: number; etag: string }[] = [];
  private size_bytes = 0;

  private constructor(
    private readonly target: UploadTarget,
    private readonly uploadId: string,
  ) {}

  static async begin(target: UploadTarget): Promise<Multipart> {
    return new Multipart(target, await target.client.initiateNewMultipartUpload(target.bucket, target.key, {}));
  }

  async add(body: Buffer): Promise<void> {
    const partNumber = this.parts.length + 1;
    const headers = { 'Content-Length': body.length, 'Content-MD5': createHash('md5').update(body).digest('base64') };
    const { bucket: bucketName, key: objectName } = this.target;
    const config = { bucketName, objectName, uploadID: this.uploadId, partNumber, headers };
    const { etag } = await this.target.client.uploadPart(config, body);
    this.parts.push({ part: partNumber, etag });
    this.size_bytes += body.length;
  }

  async complete(): Promise<StoredObject> {
    const { client, bucket, key } = this.target;
    const { etag } = await client.completeMultipartUpload(bucket, key, this.uploadId, this.parts);
    return { size_bytes: this.size_bytes, etag };
  }

  /** Best effort: what cannot be aborted is left to the bucket's lifecycle rules. */
  async abort(): Promise<void> {
    const { client, bucket, key } = this.target;
    await client.abortMultipartUpload(bucket, key, this.uploadId).catch(() => undefined);
  }
}
