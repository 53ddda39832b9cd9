import { open } from 'node:fs/promises';

/** Bytes, a blob, or a file by its path; the only one for files over 4 GiB, of which Node's `openAsBlob` sees the size modulo 4 GiB. */
export type UploadBody = Uint8Array<ArrayBuffer> | Blob | { readonly path: string };

/** What is uploaded, as it lies somewhere. */
export interface UploadSource {
  readonly size: number;
  /** In memory where it is a file's. */
  read(start: number, end: number): Promise<Blob>;
  bytes(): AsyncIterable<Uint8Array>;
}

export async function withSource<T>(body: UploadBody, work: (source: UploadSource) => Promise<T>): Promise<T> {
  if ('path' in body) return withFile(body.path, work);
  const blob = body instanceof Blob ? body : new Blob([body]);
  return work({
    size: blob.size,
    read: (start, end) => Promise.resolve(blob.slice(start, end)),
    bytes: () => blob.stream(),
  });
}

async function withFile<T>(path: string, work: (source: UploadSource) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const read = async (start: number, end: number): Promise<Blob> => {
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      if (end > start)
        for await (const piece of file.createReadStream({ start, end: end - 1, autoClose: false }))
          pieces.push(piece as Uint8Array<ArrayBuffer>);
      return new Blob(pieces);
    };
    return await work({ size, read, bytes: () => file.createReadStream({ start: 0, autoClose: false }) });
  } finally {
    await file.close();
  }
}
