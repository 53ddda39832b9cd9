import { Inject, Injectable } from '@nestjs/common';
import { join } from 'node:path';
import type { RunContext } from '@computalot/contracts';
import { DomainError } from '@computalot/kernel';
import { CacheFolders } from '../cache-folders/cache-folders.service.js';
import { Holdings } from '../cache-folders/holdings.js';
import { maskedValues } from '../mask-secrets/mask-secrets.js';
import { RequestGrants } from '../request-grants/request-grants.service.js';
import { noContainers, PrepareRuntimes } from '../prepare-runtimes/prepare-runtimes.service.js';
import { runtimeSteps } from '../prepare-runtimes/runtime-steps.js';
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
    private readonly runtimes: PrepareRuntimes,
    private readonly cache: CacheFolders,
  ) {
    this.dir = join(settings.dataDir, 'revisions');
    const owner = process.getuid?.() === 0 ? { uid: settings.taskUid, gid: settings.taskGid } : null;
    this.revisions = new RevisionCache(this.dir, owner, grants, cache);
    this.specs = new SpecCache(grants);
  }

  async open(): Promise<void> {
    await this.cache.open(this.dir);
    await this.runtimes.open();
  }

  /** What can be answered at once is, so that a job without project and with a small spec costs no turn of the event loop. */
  prepareNow({ context, part }: HeldJob): PreparedJob | null {
    if (context.revision !== null || context.spec === null || part !== null || context.secrets) return null;
    return { revisionDir: null, spec: context.spec };
  }

  /**
   * An aborted `signal` breaks it off where nobody else waits for the same.
   *
   * @throws DomainError with a code for the task's error when the revision, its runtime or the spec is not to be had
   */
  async prepare({ id, context, part }: HeldJob, signal: AbortSignal): Promise<PreparedJob> {
    const holdings = new Holdings();
    try {
      const [revisionDir, spec, secrets] = await Promise.all([
        this.runtimeOf(id, context, holdings, signal),
        part === null && context.spec ? context.spec : this.specs.specOf(id, part),
        context.secrets ? this.secretsOf(id) : undefined,
      ]);
      const masking = secrets ? { secrets, masked: maskedValues(secrets) } : {};
      return { revisionDir, spec, ...masking, release: holdings.release };
    } catch (error) {
      holdings.release();
      throw error;
    }
  }

  /** Folder of the revision as tasks see it; null for a job without project. */
  private async runtimeOf(
    jobId: string,
    { revision, runtime }: RunContext,
    holdings: Holdings,
    signal: AbortSignal,
  ): Promise<string | null> {
    if (revision === null) return null;
    if (runtime?.kind === 'oci') throw noContainers();
    if (runtime?.services) throw new DomainError('runtime_init_failed', 'runtime.services are not available yet');
    const folder = await this.revisions.take(revision, jobId);
    const steps = runtimeSteps(runtime ?? {});
    if (steps.length === 0) return this.held(folder, holdings);
    try {
      return this.held(await this.runtimes.take(revision, folder, steps, signal), holdings);
    } finally {
      this.cache.release(folder);
    }
  }

  private held(folder: string, holdings: Holdings): string {
    holdings.add(() => this.cache.release(folder));
    return folder;
  }

  /** Never kept beyond the job, never written to disk. */
  private async secretsOf(jobId: string): Promise<Record<string, string>> {
    const { secrets } = await this.grants.request({ kind: 'secrets', job_id: jobId });
    return secrets ?? {};
  }
}
