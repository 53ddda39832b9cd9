import { Client } from 'minio';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { attachmentNamed } from '../content-disposition.js';
import { assertObjectKey, assertObjectPrefix } from '../object-key.js';
import {
  ObjectStoreError,
  type ByteRange,
  type ObjectStore,
  type PresignOptions,
  type StoredObject,
  type StoredPart,
} from '../object-store.js';
import { assertExpiry, assertRange } from '../transfer-rules.js';
import { deleteObjectsBelow } from './delete-prefix.js';
import { listParts } from './list-parts.js';
import type { S3Location } from './s3-url.js';
import { upload, type UploadTarget } from './upload.js';

const MISSING = new Set(['NoSuchKey', 'NotFound', 'NoSuchUpload']);
const BUCKET_IS_THERE = new Set(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);
const KEPT_SOCKETS = 32;

/** Any S3: AWS, MinIO, Ceph. Path-style addresses, one bucket. */
export class S3ObjectStore implements ObjectStore {
  private readonly agent: HttpAgent;
  private readonly client: Client;
  /** Signs only; never connects. */
  private readonly signer: Client;

  constructor(private readonly location: S3Location) {
    const options = { keepAlive: true, maxFreeSockets: KEPT_SOCKETS };
    this.agent = location.endpoint.useSSL ? new HttpsAgent(options) : new HttpAgent(options);
    this.client = new Client({ ...location.endpoint, transportAgent: this.agent });
    this.signer = new Client(location.publicEndpoint);
  }

  async put(key: string, body: Readable | Buffer, size_bytes?: number): Promise<StoredObject> {
    return this.attempt('put', key, async () => {
      assertObjectKey(key);
      return upload(this.at(key), body, size_bytes);
    });
  }

  async get(key: string, range?: ByteRange): Promise<Readable | null> {
    return this.attempt('get', key, async () => {
      assertObjectKey(key);
      if (range) assertRange(range);
      const { bucket } = this.location;
      if (!range) return orNull(this.client.getObject(bucket, key));
      // The client leaves the range out when both numbers are zero, and takes length zero for "to the end".
      const length = range.end === undefined ? 0 : range.end - range.start + 1;
      return orNull(this.client.getPartialObject(bucket, key, range.start, length));
    });
  }

  async head(key: string): Promise<StoredObject | null> {
    return this.attempt('head', key, async () => {
      assertObjectKey(key);
      const found = await orNull(this.client.statObject(this.location.bucket, key));
      return found && { size_bytes: found.size, etag: found.etag };
    });
  }

  async delete(key: string): Promise<void> {
    await this.attempt('delete', key, async () => {
      assertObjectKey(key);
      await this.client.removeObject(this.location.bucket, key);
    });
  }

  async deletePrefix(prefix: string): Promise<void> {
    await this.attempt('deletePrefix', prefix, async () => {
      assertObjectPrefix(prefix);
      await deleteObjectsBelow(this.client, this.location.bucket, prefix);
    });
  }

  async beginParts(key: string): Promise<string> {
    return this.attempt('beginParts', key, async () => {
      assertObjectKey(key);
      return this.client.initiateNewMultipartUpload(this.location.bucket, key, {});
    });
  }

  async presignPart(key: string, uploadId: string, part: number, { expires_s }: PresignOptions): Promise<string> {
    return this.presign('PUT', key, expires_s, { uploadId, partNumber: String(part) });
  }

  async listParts(key: string, uploadId: string): Promise<readonly StoredPart[] | null> {
    const parts = await this.attempt('listParts', key, () => orNull(listParts(this.at(key), uploadId)));
    return parts && parts.map(({ part, size }) => ({ part, size_bytes: size }));
  }

  async completeParts(key: string, uploadId: string): Promise<boolean> {
    return this.attempt('completeParts', key, async () => {
      const parts = await orNull(listParts(this.at(key), uploadId));
      if (!parts) return false;
      const etags = parts.map(({ part, etag }) => ({ part, etag }));
      const done = await orNull(this.client.completeMultipartUpload(this.location.bucket, key, uploadId, etags));
      return done !== null;
    });
  }

  async abortParts(key: string, uploadId: string): Promise<void> {
    await this.attempt('abortParts', key, () =>
      orNull(this.client.abortMultipartUpload(this.location.bucket, key, uploadId)),
    );
  }

  async presignGet(key: string, { expires_s, filename }: PresignOptions): Promise<string> {
    const named: Record<string, string> =
      filename === undefined ? {} : { 'response-content-disposition': attachmentNamed(filename) };
    return this.presign('GET', key, expires_s, named);
  }

  async presignPut(key: string, { expires_s }: PresignOptions): Promise<string> {
    return this.presign('PUT', key, expires_s, {});
  }

  async ensureReady(): Promise<void> {
    const { bucket, region } = this.location;
    await this.attempt('ensureReady', bucket, async () => {
      if (await this.client.bucketExists(bucket)) return;
      // Another process may create it at the same moment.
      await this.client.makeBucket(bucket, region).catch((error: unknown) => {
        if (!BUCKET_IS_THERE.has(codeOf(error))) throw error;
      });
    });
  }

  async close(): Promise<void> {
    this.agent.destroy();
    return Promise.resolve();
  }

  private at(key: string): UploadTarget {
    return { client: this.client, bucket: this.location.bucket, key };
  }

  private async presign(
    method: 'GET' | 'PUT',
    key: string,
    expires_s: number,
    query: Record<string, string>,
  ): Promise<string> {
    return this.attempt(method === 'GET' ? 'presignGet' : 'presignPut', key, async () => {
      assertObjectKey(key);
      assertExpiry(expires_s);
      return this.signer.presignedUrl(method, this.location.bucket, key, expires_s, query);
    });
  }

  private async attempt<T>(operation: string, key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new ObjectStoreError(operation, key, error);
    }
  }
}

async function orNull<T>(result: Promise<T>): Promise<T | null> {
  return result.catch((error: unknown) => {
    if (MISSING.has(codeOf(error))) return null;
    throw error;
  });
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}
