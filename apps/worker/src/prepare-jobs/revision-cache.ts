import { DomainError, newUuid } from '@computalot/kernel';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadFile } from '../move-bytes/download.js';
import { retryTransfer } from '../move-bytes/retry.js';
import type { RequestGrants } from '../request-grants/request-grants.service.js';
import { unpackRevision, type Owner } from './unpack-revision.js';

const SHA256 = /^[0-9a-f]{64}$/;

/** Unpacked revisions by content hash. A folder that exists is complete: it was renamed into place. */
export class RevisionCache {
  private readonly underway = new Map<string, Promise<string>>();

  constructor(
    private readonly dir: string,
    private readonly owner: Owner | null,
    private readonly grants: RequestGrants,
  ) {}

  /** Folder of the revision; whoever asks for the same one meanwhile waits for the same download. Rejects as the grant, the transfer or the unpacking does. */
  folderOf(revision: string, jobId: string): Promise<string> {
    const known = this.underway.get(revision);
    if (known) return known;
    const fetching = this.fetchOnce(revision, jobId).finally(() => this.underway.delete(revision));
    this.underway.set(revision, fetching);
    return fetching;
  }

  private async fetchOnce(revision: string, jobId: string): Promise<string> {
    if (!SHA256.test(revision)) throw new DomainError('runtime_init_failed', 'the revision is not a sha256');
    const folder = join(this.dir, revision);
    if (await exists(folder)) return folder;
    const scratch = join(this.dir, `.${newUuid()}`);
    await mkdir(join(scratch, 'tree'), { recursive: true, mode: 0o755 });
    try {
      await retryTransfer(() => this.download(revision, jobId, join(scratch, 'archive')));
      await unpackRevision(join(scratch, 'archive'), join(scratch, 'tree'), this.owner);
      await rename(join(scratch, 'tree'), folder);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    return folder;
  }

  private async download(revision: string, jobId: string, path: string): Promise<void> {
    await rm(path, { force: true });
    const { url, headers } = await this.grants.request({ kind: 'revision', job_id: jobId });
    if (url === null) throw new DomainError('runtime_init_failed', 'the revision has no download');
    const hash = await downloadFile(url, headers, path);
    if (hash !== revision) throw new Error(`the revision's bytes have sha256 ${hash}, not ${revision}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
