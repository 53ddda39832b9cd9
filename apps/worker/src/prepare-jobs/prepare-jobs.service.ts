import { Inject, Injectable } from '@nestjs/common';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { maskedValues } from '../mask-secrets/mask-secrets.js';
import { RequestGrants } from '../request-grants/request-grants.service.js';
import type { HeldJob, PreparedJob } from '../run-attempts/attempt.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { RevisionCache } from './revision-cache.js';
import { SpecCache } from './spec-cache.js';

/** Fetches what the tasks of a job need before the first one can start, once per job and revision. */
@Injectable()
export class PrepareJobs {
  private readonly revisions: RevisionCache;
  private readonly specs: SpecCache;
  private readonly dir: string;

  constructor(
    @Inject(WORKER_SETTINGS) settings: WorkerSettings,
    private readonly grants: RequestGrants,
  ) {
    this.dir = join(settings.dataDir, 'revisions');
    const owner = process.getuid?.() === 0 ? { uid: settings.taskUid, gid: settings.taskGid } : null;
    this.revisions = new RevisionCache(this.dir, owner, grants);
    this.specs = new SpecCache(grants);
  }

  async open(): Promise<void> {
    await mkdir(this.dir, { recursive: true, mode: 0o711 });
  }

  /** What can be answered at once is, so that a job without project and with a small spec costs no turn of the event loop. */
  prepareNow({ context, part }: HeldJob): PreparedJob | null {
    if (context.revision !== null || context.spec === null || part !== null || context.secrets) return null;
    return { revisionDir: null, spec: context.spec };
  }

  /** @throws DomainError with a code for the task's error when the revision or the spec is not to be had */
  async prepare({ id, context, part }: HeldJob): Promise<PreparedJob> {
    const [revisionDir, spec, secrets] = await Promise.all([
      context.revision === null ? null : this.revisions.folderOf(context.revision, id),
      part === null && context.spec ? context.spec : this.specs.specOf(id, part),
      context.secrets ? this.secretsOf(id) : undefined,
    ]);
    return { revisionDir, spec, ...(secrets ? { secrets, masked: maskedValues(secrets) } : {}) };
  }

  /** Never kept beyond the job, never written to disk. */
  private async secretsOf(jobId: string): Promise<Record<string, string>> {
    const { secrets } = await this.grants.request({ kind: 'secrets', job_id: jobId });
    return secrets ?? {};
  }
}
