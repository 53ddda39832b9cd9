import type { Readable } from 'node:stream';

/** Injection token of the process's {@link ObjectStore}. */
export const OBJECT_STORE = Symbol('OBJECT_STORE');

export interface StoredObject {
  readonly size_bytes: number;
  readonly etag: string;
}

export interface StoredPart {
  readonly part: number;
  readonly size_bytes: number;
}

/** Inclusive byte offsets, like HTTP ranges; `end` absent means to the end. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

export interface PresignOptions {
  readonly expires_s: number;
  /** GET only: the Content-Disposition filename of the download. */
  readonly filename?: string;
}

/** Bytes by key (`a/b/c`, no leading slash). Missing objects are `null`, every other fault throws {@link ObjectStoreError}. */
export interface ObjectStore {
  put(key: string, body: Readable | Buffer, size_bytes?: number): Promise<StoredObject>;
  get(key: string, range?: ByteRange): Promise<Readable | null>;
  head(key: string): Promise<StoredObject | null>;
  delete(key: string): Promise<void>;
  deletePrefix(prefix: string): Promise<void>;
  /** A URL that anybody holding it can GET until it expires. */
  presignGet(key: string, options: PresignOptions): Promise<string>;
  /** A URL that anybody holding it can PUT one body to until it expires. */
  presignPut(key: string, options: PresignOptions): Promise<string>;
  /** Begins an object that is sent in parts, of which nobody sees anything before `completeParts`; the id that the other calls want. */
  beginParts(key: string): Promise<string>;
  /** A URL to PUT one part to, numbered from 1; sent again, the later one counts. */
  presignPart(key: string, uploadId: string, part: number, options: PresignOptions): Promise<string>;
  /** What is there, by number; null when no such upload is under way. */
  listParts(key: string, uploadId: string): Promise<readonly StoredPart[] | null>;
  /** Makes the object of the parts that are there, in their order; each but the last has at least 5 MiB. False when no such upload is under way. */
  completeParts(key: string, uploadId: string): Promise<boolean>;
  /** Removes what was sent of an upload, if it is under way. */
  abortParts(key: string, uploadId: string): Promise<void>;
  /** Creates the bucket or folder when missing; throws when the store is out of reach. */
  ensureReady(): Promise<void>;
  close(): Promise<void>;
}

export class ObjectStoreError extends Error {
  constructor(
    readonly operation: string,
    readonly key: string,
    cause: unknown,
  ) {
    super(`object store: ${operation} of "${key}" failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Where things lie. Every key of the platform is made here. */
export const objectKeys = {
  revision: (accountId: string, hash: string) => `revisions/${accountId}/${hash}.tar.gz`,
  /** Prefix of everything that belongs to the job alone. */
  ofJob: (jobId: string) => `jobs/${jobId}/`,
  spec: (jobId: string) => `jobs/${jobId}/spec.json`,
  /** Some tasks' part of the spec of a job whose items came from an artifact. */
  specPart: (jobId: string, part: number) => `jobs/${jobId}/spec/${part}.json`,
  result: (jobId: string, index: number, attempt: number) => `jobs/${jobId}/results/${index}.${attempt}.json`,
  output: (jobId: string, index: number, attempt: number, stream: 'stdout' | 'stderr') =>
    `jobs/${jobId}/output/${index}.${attempt}.${stream}`,
  /** By attempt: one that is no longer current cannot overwrite what a later one saved. */
  checkpoint: (jobId: string, index: number, attempt: number) => `jobs/${jobId}/checkpoints/${index}.${attempt}.tar`,
  /** What reduce task `index` reads. By run: a job that is retried reduces other results, and what was written never changes. */
  mapResults: (jobId: string, run: number, index: number) => `${mapResultsPrefix(jobId, run)}${index}.jsonl`,
  artifact: (accountId: string, sha256: string) => `artifacts/${accountId}/${sha256}`,
  /** Where bytes of an artifact arrive that others send; the only keys of artifacts that PUTs are signed for. */
  arrival: (accountId: string, artifactId: string) => `arrivals/${accountId}/${artifactId}`,
};

/** Everything that the reduce tasks of one run read. */
export const mapResultsPrefix = (jobId: string, run: number) => `jobs/${jobId}/map-results/${run}/`;
