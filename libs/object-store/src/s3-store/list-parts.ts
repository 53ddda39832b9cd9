import type { UploadTarget } from './upload.js';

export interface ListedPart {
  readonly part: number;
  readonly size: number;
  readonly etag: string;
}

/** The client reads them only for its own uploads. */
interface PartLister {
  listParts(bucket: string, key: string, uploadId: string): Promise<ListedPart[]>;
}

export async function listParts({ client, bucket, key }: UploadTarget, uploadId: string): Promise<ListedPart[]> {
  const parts = await (client as unknown as PartLister).listParts(bucket, key, uploadId);
  return parts.sort((a, b) => a.part - b.part);
}
