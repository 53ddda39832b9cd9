import { DomainError } from '@computalot/kernel';
import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { retryTransfer } from '../move-bytes/retry.js';
import { upload, type UploadSource } from '../move-bytes/upload.js';
import { RequestGrants } from '../request-grants/request-grants.service.js';
import type { Attempt } from '../run-attempts/attempt.js';
import type { OutputSpool } from '../stream-output/output-spool.js';

/** What happened to a stream's spool: bytes stored, and whether its middle is missing. */
export interface StoredOutput {
  readonly bytes: number;
  readonly isCut: boolean;
}

/** Moves what an attempt left to the object store. Every method rejects when the store or the grant is not to be had after retries. */
@Injectable()
export class StoreFiles {
  private readonly logger = new Logger(StoreFiles.name);

  constructor(private readonly grants: RequestGrants) {}

  async result(attempt: Attempt, json: Buffer): Promise<void> {
    await this.put(
      { kind: 'result', ...identityOf(attempt) },
      { size_bytes: json.length, open: () => Readable.from([json]) },
    );
  }

  /** Null when the stream could not be stored: its tail is in the report all the same. */
  async output(attempt: Attempt, stream: 'stdout' | 'stderr', spool: OutputSpool): Promise<StoredOutput | null> {
    try {
      const source = await spool.settle();
      await this.put({ kind: 'output', ...identityOf(attempt), stream }, source);
      return { bytes: source.size_bytes, isCut: source.isCut };
    } catch (error) {
      this.logger.warn(`output of ${attempt.job.context.job_id}.${attempt.index} is not stored: ${messageOf(error)}`);
      return null;
    }
  }

  async checkpoint(attempt: Attempt, source: UploadSource): Promise<void> {
    await this.put({ kind: 'checkpoint', ...identityOf(attempt) }, source);
  }

  async artifact(attempt: Attempt, name: string, path: string): Promise<void> {
    const { size_bytes, sha256 } = await digest(path);
    await retryTransfer(async () => {
      const target = { kind: 'artifact', ...identityOf(attempt), name, size_bytes, sha256 } as const;
      const { url, headers, artifact_id } = await this.grants.request(target);
      if (url === null) return;
      await upload(url, headers, { size_bytes, open: () => openPlainFile(path) });
      if (artifact_id === undefined) throw new DomainError('grant_incomplete', 'the grant of an artifact names none');
      await this.grants.request({ kind: 'artifact_uploaded', artifact_id });
    });
  }

  private async put(target: Parameters<RequestGrants['request']>[0], source: UploadSource): Promise<void> {
    await retryTransfer(async () => {
      const { url, headers } = await this.grants.request(target);
      if (url !== null) await upload(url, headers, source);
    });
  }
}

function identityOf({ job, index, attempt }: Attempt): { job_id: string; index: number; attempt: number } {
  return { job_id: job.id, index, attempt };
}

/** Never through a link, whatever stands there. */
function openPlainFile(path: string): Readable {
  return createReadStream(path, {
    flags: (constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK) as unknown as string,
  });
}

/** A whole file that is not followed through a link. */
export async function readPlainFile(path: string): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function digest(path: string): Promise<{ size_bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let size_bytes = 0;
  for await (const chunk of openPlainFile(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size_bytes += chunk.length;
  }
  return { size_bytes, sha256: hash.digest('hex') };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
