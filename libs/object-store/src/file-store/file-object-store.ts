import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
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
import { FileBytes } from './file-bytes.js';
import { joinParts, listParts, partKey } from './parts.js';
import { signUrl, type TransferMethod } from './signed-url.js';
import { signingSecret } from './signing-secret.js';
import { transferHandler } from './transfer-handler.js';
import { TransferServer } from './transfer-server.js';

export interface FileStoreOptions {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  /** Origin that presigned URLs show instead of the server's own. */
  readonly publicOrigin?: string;
}

interface Transfers {
  readonly server: TransferServer;
  readonly secret: string;
}

/** The twin of an S3 in one folder, presigned transfers included. */
export class FileObjectStore implements ObjectStore {
  private readonly bytes: FileBytes;
  private prepared: Promise<void> | null = null;
  private transfers: Promise<Transfers> | null = null;

  constructor(private readonly options: FileStoreOptions) {
    this.bytes = new FileBytes(options.folder);
  }

  async put(key: string, body: Readable | Buffer, size_bytes?: number): Promise<StoredObject> {
    return this.attempt('put', key, async () => {
      assertObjectKey(key);
      await this.prepareOnce();
      return this.bytes.write(key, body, size_bytes);
    });
  }

  async get(key: string, range?: ByteRange): Promise<Readable | null> {
    return this.attempt('get', key, async () => {
      assertObjectKey(key);
      if (range) assertRange(range);
      const opened = await this.bytes.open(key);
      // From zero to the end is the whole object, also when it is empty.
      const isWhole = !range || (range.start === 0 && range.end === undefined);
      if (opened && !isWhole && range.start >= opened.object.size_bytes) {
        await opened.close();
        throw new RangeError(`the range starts at ${range.start}, the object ends at ${opened.object.size_bytes}`);
      }
      return opened?.stream(range) ?? null;
    });
  }

  async head(key: string): Promise<StoredObject | null> {
    return this.attempt('head', key, async () => {
      assertObjectKey(key);
      return this.bytes.head(key);
    });
  }

  async delete(key: string): Promise<void> {
    await this.attempt('delete', key, async () => {
      assertObjectKey(key);
      await this.bytes.remove(key);
    });
  }

  async deletePrefix(prefix: string): Promise<void> {
    await this.attempt('deletePrefix', prefix, async () => {
      assertObjectPrefix(prefix);
      await this.bytes.removePrefix(prefix);
    });
  }

  async beginParts(key: string): Promise<string> {
    return this.attempt('beginParts', key, async () => {
      assertObjectKey(key);
      await this.prepareOnce();
      const uploadId = randomUUID();
      await this.bytes.write(partKey(key, uploadId, 'begun'), Buffer.alloc(0));
      return uploadId;
    });
  }

  async presignPart(key: string, uploadId: string, part: number, { expires_s }: PresignOptions): Promise<string> {
    return this.attempt('presignPart', key, () =>
      this.presign('PUT', partKey(key, uploadId, String(part)), { expires_s }),
    );
  }

  async listParts(key: string, uploadId: string): Promise<readonly StoredPart[] | null> {
    return this.attempt('listParts', key, () => listParts(this.bytes, key, uploadId));
  }

  async completeParts(key: string, uploadId: string): Promise<boolean> {
    return this.attempt('completeParts', key, () => joinParts(this.bytes, key, uploadId));
  }

  async abortParts(key: string, uploadId: string): Promise<void> {
    await this.attempt('abortParts', key, () => this.bytes.removePrefix(partKey(key, uploadId, '')));
  }

  async presignGet(key: string, options: PresignOptions): Promise<string> {
    return this.attempt('presignGet', key, () => this.presign('GET', key, options));
  }

  async presignPut(key: string, { expires_s }: PresignOptions): Promise<string> {
    return this.attempt('presignPut', key, () => this.presign('PUT', key, { expires_s }));
  }

  async ensureReady(): Promise<void> {
    await this.attempt('ensureReady', '', async () => {
      await this.prepareOnce();
      await this.startTransfers();
    });
  }

  async close(): Promise<void> {
    const transfers = await this.transfers?.catch(() => null);
    this.transfers = null;
    await transfers?.server.close();
  }

  private async presign(method: TransferMethod, key: string, options: PresignOptions): Promise<string> {
    assertObjectKey(key);
    assertExpiry(options.expires_s);
    const { server, secret } = await this.startTransfers();
    const expires_at_s = Math.floor(Date.now() / 1_000) + options.expires_s;
    return signUrl(this.options.publicOrigin ?? server.origin, secret, {
      method,
      key,
      expires_at_s,
      filename: options.filename,
    });
  }

  private prepareOnce(): Promise<void> {
    this.prepared ??= this.bytes.prepare().catch((error: unknown) => {
      this.prepared = null;
      throw error;
    });
    return this.prepared;
  }

  private startTransfers(): Promise<Transfers> {
    this.transfers ??= this.openTransfers().catch((error: unknown) => {
      this.transfers = null;
      throw error;
    });
    return this.transfers;
  }

  private async openTransfers(): Promise<Transfers> {
    await this.prepareOnce();
    const secret = await signingSecret(this.options.folder);
    const server = await TransferServer.start(transferHandler(this.bytes, secret), this.options);
    return { server, secret };
  }

  private async attempt<T>(operation: string, key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new ObjectStoreError(operation, key, error);
    }
  }
}
