import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ArtifactObject, DirectUpload, SignedParts, UploadObject } from '@computalot/contracts';
import type { Http } from './http.js';
import type { UploadSource } from './upload-source.js';

export interface UploadProgress {
  /** Of the artifact that it will be. */
  readonly id: string;
  /** Bytes that have arrived, an earlier run's included. */
  readonly sent_bytes: number;
  readonly total_bytes: number;
}

export interface UploadOptions {
  /** The server answers a request with this key once, for 24 hours: a large upload that was interrupted goes on from the parts that arrived. */
  readonly idempotencyKey?: string;
  /** Told of uploads in parts when they begin and after each part. */
  readonly onProgress?: (progress: UploadProgress) => void;
}

interface Upload {
  readonly http: Http;
  readonly filename: string;
  readonly source: UploadSource;
  readonly options: UploadOptions;
}

/** Larger files go past the API, into the object store. */
const THROUGH_API_BYTES = 16 * 1024 * 1024;
/** Larger files go in parts, of which some are under way at once. */
const IN_ONE_PIECE_BYTES = 64 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
const TRIES = 4;
const ARTIFACTS = '/api/v1/artifacts';

export async function uploadArtifact(upload: Upload): Promise<ArtifactObject> {
  const { http, filename, source, options } = upload;
  if (source.size <= THROUGH_API_BYTES) {
    const headers = { 'x-artifact-filename': encodeURIComponent(filename) };
    const raw = { bytes: await source.read(0, source.size), type: 'application/octet-stream' };
    return http.json('POST', ARTIFACTS, { raw, headers, idempotencyKey: options.idempotencyKey });
  }
  const id = source.size <= IN_ONE_PIECE_BYTES ? await sendWhole(upload) : await sendParts(upload);
  return complete(http, id);
}

async function sendWhole(upload: Upload): Promise<string> {
  const { id, upload_url, headers } = await begin<DirectUpload>(upload, 'direct');
  if (upload_url !== null)
    await put(() => Promise.resolve(upload_url), await upload.source.read(0, upload.source.size), headers);
  return id;
}

async function sendParts(upload: Upload): Promise<string> {
  const { http, source, options } = upload;
  const { id } = await begin<UploadObject>(upload, 'multipart');
  // What was begun before is answered as it was then.
  const { part_bytes, part_count, parts } = await stateOf(http, id);
  const there = new Set(parts.map(({ part_number }) => part_number));
  let sent_bytes = parts.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  const report = () => options.onProgress?.({ id, sent_bytes, total_bytes: source.size });
  report();
  const missing = Array.from({ length: part_count ?? 0 }, (_, at) => at + 1).filter((part) => !there.has(part));
  const sender = async (): Promise<void> => {
    for (let part = missing.shift(); part !== undefined; part = missing.shift()) {
      const size_bytes = await sendPart(upload, id, part, part_bytes ?? 0);
      sent_bytes += size_bytes;
      report();
    }
  };
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, sender));
  return id;
}

/** Its size. A URL of its own for each try: an old one may have run out. */
async function sendPart({ http, source }: Upload, id: string, part: number, partBytes: number): Promise<number> {
  const body = await source.read((part - 1) * partBytes, Math.min(part * partBytes, source.size));
  await put(async () => {
    const request = { body: { part_numbers: [part] }, isRepeatable: true };
    const { parts } = await http.json<SignedParts>('POST', `${ARTIFACTS}/${id}/parts`, request);
    return parts[0]?.upload_url ?? '';
  }, body);
  return body.size;
}

async function begin<T>({ http, filename, source, options }: Upload, kind: 'direct' | 'multipart'): Promise<T> {
  const hash = createHash('sha256');
  for await (const chunk of source.bytes()) hash.update(chunk);
  const body = { sha256: hash.digest('hex'), size: source.size, filename };
  return http.json<T>('POST', `${ARTIFACTS}/${kind}`, { body, idempotencyKey: options.idempotencyKey });
}

/** An artifact that needed no upload has none. */
async function stateOf(http: Http, id: string): Promise<Pick<UploadObject, 'part_bytes' | 'part_count' | 'parts'>> {
  const published = { part_bytes: null, part_count: null, parts: [] };
  return http.json<UploadObject>('GET', `${ARTIFACTS}/${id}/upload`).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'not_found') return published;
    throw error;
  });
}

async function put(
  urlOf: () => Promise<string>,
  body: Blob,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(await urlOf(), { method: 'PUT', body, headers }).catch(
      (error: unknown) => error as Error,
    );
    const text = answer instanceof Error ? answer.message : await answer.text();
    if (answer instanceof Response && answer.ok) return;
    if (attempt === TRIES) throw new Error(`the object store does not take the file: ${text.slice(0, 500)}`);
    await sleep(200 * 2 ** attempt);
  }
}

/** The server holds each request until it is verified, or for some seconds. */
async function complete(http: Http, id: string): Promise<ArtifactObject> {
  for (;;) {
    const answer = await http.send('POST', `${ARTIFACTS}/${id}/complete`, { isRepeatable: true });
    const body = (await answer.json()) as ArtifactObject;
    if (answer.status === 200) return body;
  }
}
