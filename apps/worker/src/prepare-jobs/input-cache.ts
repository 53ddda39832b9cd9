import type { Input } from '@computalot/jobs';
import { decodeId, DomainError, isDomainError, newUuid } from '@computalot/kernel';
import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheFolders } from '../cache-folders/cache-folders.service.js';
import { downloadFile } from '../move-bytes/download.js';
import { retryTransfer } from '../move-bytes/retry.js';
import { isAway } from '../move-bytes/store-away.js';
import type { RequestGrants } from '../request-grants/request-grants.service.js';

const FILE = 'bytes';

/** Artifacts that jobs read, by content hash, each a file in a folder of its own. What the cache has is complete and was verified. */
export class InputCache {
  private readonly underway = new Map<string, Promise<void>>();

  constructor(
    private readonly dir: string,
    private readonly grants: RequestGrants,
    private readonly cache: CacheFolders,
  ) {}

  /** The file and its folder, taken from the cache until that is released there. @throws DomainError `input_unavailable` when it is lost or broken */
  async take(input: Input, jobId: string): Promise<{ readonly folder: string; readonly file: string }> {
    const folder = join(this.dir, input.sha256);
    while (!this.cache.take(folder)) await this.fetch(folder, input, jobId).catch(saying(input));
    return { folder, file: join(folder, FILE) };
  }

  private fetch(folder: string, input: Input, jobId: string): Promise<void> {
    const known = this.underway.get(folder);
    if (known) return known;
    const fetching = this.fetchOnce(folder, input, jobId).finally(() => this.underway.delete(folder));
    this.underway.set(folder, fetching);
    return fetching;
  }

  private async fetchOnce(folder: string, input: Input, jobId: string): Promise<void> {
    const scratch = join(this.dir, `.${newUuid()}`);
    await mkdir(scratch, { mode: 0o700 });
    try {
      await retryTransfer(() => this.download(input, jobId, join(scratch, FILE)));
      await this.cache.add(scratch, folder);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  private async download({ artifact_id, sha256, size_bytes }: Input, jobId: string, path: string): Promise<void> {
    await rm(path, { force: true });
    const target = { kind: 'input', job_id: jobId, artifact_id: decodeId('art', artifact_id) ?? '' } as const;
    const { url, headers } = await this.grants.request(target);
    if (url === null) throw new DomainError('input_unavailable', 'it has no download');
    const hash = await downloadFile(url, headers, path);
    const { size } = await stat(path);
    if (hash !== sha256 || size !== size_bytes)
      throw new Error(`its ${size} bytes have sha256 ${hash}; they should be ${size_bytes} with ${sha256}`);
    await chmod(path, 0o444);
  }
}

/** An outage, and that the job is held no more, say nothing of the artifact. */
const saying =
  ({ name, artifact_id }: Input) =>
  (error: unknown): never => {
    if (isAway(error) || (isDomainError(error) && error.code === 'not_held')) throw error;
    const why = isDomainError(error) ? error.detail : (error as Error).message;
    const message = `payload._artifacts.download.${name}: artifact ${artifact_id} cannot be had: ${why}`;
    throw new DomainError('input_unavailable', message);
  };
