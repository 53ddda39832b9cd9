import { DomainError, newUuid } from '@computalot/kernel';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheFolders } from '../cache-folders/cache-folders.service.js';
import { downloadFile } from '../move-bytes/download.js';
import { retryTransfer } from '../move-bytes/retry.js';
import type { RequestGrants } from '../request-grants/request-grants.service.js';
import { unpackRevision, type Owner } from './unpack-revision.js';

const SHA256 = /^[0-9a-f]{64}$/;

/** Unpacked revisions by content hash. A folder that the cache has is complete. */
export class RevisionCache {
  private readonly underway = new Map<string, Promise<void>>();

  constructor(
    private readonly dir: string,
    private readonly owner: Owner | null,
    private readonly grants: RequestGrants,
    private readonly cache: CacheFolders,
  ) {}

  /**
   * Folder of the revision, taken from the cache until it is released there; whoever asks for the same one meanwhile waits for the same download. Rejects as
   * the grant, the transfer or the unpacking does.
   */
  async take(revision: string, jobId: string): Promise<string> {
    if (!SHA256.test(revision)) throw new DomainError('runtime_init_failed', 'the revision is not a sha256');
    const folder = join(this.dir, revision);
    while (!this.cache.take(folder)) await this.fetch(folder, revision, jobId);
    return folder;
  }

  private fetch(folder: string, revision: string, jobId: string): Promise<void> {
    const known = this.underway.get(revision);
    if (known) return known;
    const fetching = this.fetchOnce(folder, revision, jobId).finally(() => this.underway.delete(revision));
    this.underway.set(revision, fetching);
    return fetching;
  }

  private async fetchOnce(folder: string, revision: string, jobId: string): Promise<void> {
    const scratch = join(this.dir, `.${newUuid()}`);
    await mkdir(join(scratch, 'tree'), { recursive: true, mode: 0o755 });
    try {
      await retryTransfer(() => this.download(revision, jobId, join(scratch, 'archive')));
      await unpackRevision(join(scratch, 'archive'), join(scratch, 'tree'), this.owner);
      await this.cache.add(join(scratch, 'tree'), folder);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  private async download(revision: string, jobId: string, path: string): Promise<void> {
    await rm(path, { force: true });
    const { url, headers } = await this.grants.request({ kind: 'revision', job_id: jobId });
    if (url === null) throw new DomainError('runtime_init_failed', 'the revision has no download');
    const hash = await downloadFile(url, headers, path);
    if (hash !== revision) throw new Error(`the revision's bytes have sha256 ${hash}, not ${revision}`);
  }
}
