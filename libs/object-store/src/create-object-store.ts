import { fileURLToPath } from 'node:url';
import { FileObjectStore } from './file-store/file-object-store.js';
import type { ObjectStore } from './object-store.js';
import { S3ObjectStore } from './s3-store/s3-object-store.js';
import { parseS3Url } from './s3-store/s3-url.js';

export interface ObjectStoreOptions {
  /**
   * `s3://ACCESS:SECRET@host:port/bucket?ssl=false&region=us-east-1&public=https://files.example.com`, or
   * `file:///folder?host=127.0.0.1&port=0&public=http://127.0.0.1:9000`. Every parameter may be left out; credentials are percent-encoded.
   * `public` is the origin that presigned URLs show.
   */
  readonly url: string;
}

/** Connects to nothing yet. Throws for a URL that is not one of the two. */
export function createObjectStore({ url }: ObjectStoreOptions): ObjectStore {
  const parsed = new URL(url);
  const publicOrigin = parsed.searchParams.get('public')?.replace(/\/$/, '') ?? undefined;
  if (parsed.protocol === 'file:') {
    const host = parsed.searchParams.get('host') ?? '127.0.0.1';
    const port = Number(parsed.searchParams.get('port') ?? 0);
    parsed.search = '';
    return new FileObjectStore({ folder: fileURLToPath(parsed), host, port, publicOrigin });
  }
  if (parsed.protocol === 's3:') return new S3ObjectStore(parseS3Url(parsed));
  throw new Error(`object store: unknown scheme "${parsed.protocol}" (expected s3: or file:)`);
}
