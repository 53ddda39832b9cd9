import { Inject, Injectable } from '@nestjs/common';
import { join } from 'node:path';
import type { RunContext, RuntimeSpec, TaskSpec } from '@computalot/contracts';
import { inputsOf } from '@computalot/jobs';
import { CacheFolders } from '../cache-folders/cache-folders.service.js';
import { Holdings } from '../cache-folders/holdings.js';
import { maskedValues } from '../mask-secrets/mask-secrets.js';
import { RequestGrants } from '../request-grants/request-grants.service.js';
import { noContainers, PrepareRuntimes } from '../prepare-runtimes/prepare-runtimes.service.js';
import { runtimeSteps } from '../prepare-runtimes/runtime-steps.js';
import { RunServices } from '../run-services/run-services.service.js';
import type { HeldJob, PlacedInput, PreparedJob } from '../run-attempts/attempt.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { InputCache } from './input-cache.js';
import { RevisionCache } from './revision-cache.js';
import { SpecCache } from './spec-cache.js';

/** Fetches what the tasks of a job need before the first one can start, once per job and revision. */
@Injectable()
export class PrepareJobs {
  private readonly revisions: RevisionCache;
  private readonly specs: SpecCache;
  private readonly inputs: InputCache;
  private readonly dir: string;
  private readonly inputsDir: string;

  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    private readonly grants: RequestGrants,
    private readonly runtimes: PrepareRuntimes,
    private readonly cache: CacheFolders,
    private readonly services: RunServices,
  ) {
    this.dir = join(settings.dataDir, 'revisions');
    const owner = process.getuid?.() === 0 ? { uid: settings.taskUid, gid: settings.taskGid } : null;
    this.revisions = new RevisionCache(this.dir, owner, grants, cache);
    this.specs = new SpecCache(grants);
    this.inputsDir = join(settings.dataDir, 'inputs');
    this.inputs = new InputCache(this.inputsDir, grants, cache);
  }

  async open(): Promise<void> {
    await this.cache.open(this.dir);
    await this.cache.open(this.inputsDir);
    await this.runtimes.open();
  }

  /** What can be answered at once is, so that a job without project and with a small spec costs no turn of the event loop. */
  prepareNow({ context, part }: HeldJob): PreparedJob | null {
    if (context.revision !== null || context.spec === null || part !== null || context.secrets) return null;
    if (inputsOf(context.spec.payload).length > 0) return null;
    return { revisionDir: null, spec: context.spec };
  }

  /**
   * An aborted `signal` breaks it off where nobody else waits for the same.
   *
   * @throws DomainError with a code for the task's error when the revision, its runtime, the spec or an input is not to be had
   */
  async prepare({ id, context, part }: HeldJob, signal: AbortSignal): Promise<PreparedJob> {
    const holdings = new Holdings();
    try {
      const [runtime, specified, secrets] = await Promise.all([
        this.runtimeOf(id, context, holdings, signal),
        this.specWithInputs({ id, context, part }, holdings),
        context.secrets ? this.secretsOf(id) : undefined,
      ]);
      const masking = secrets ? { secrets, masked: maskedValues(secrets) } : {};
      return { ...runtime, ...specified, ...masking, release: holdings.release };
    } catch (error) {
      holdings.release();
      throw error;
    }
  }

  private async specWithInputs(
    { id, context, part }: Pick<HeldJob, 'id' | 'context' | 'part'>,
    holdings: Holdings,
  ): Promise<{ spec: TaskSpec; inputs?: readonly PlacedInput[] }> {
    const spec = part === null && context.spec ? context.spec : await this.specs.specOf(id, part);
    const inputs = await Promise.all(
      inputsOf(spec.payload).map(async (input) => {
        const { folder, file } = await this.inputs.take(input, id);
        holdings.add(() => this.cache.release(folder));
        return { name: input.name, file };
      }),
    );
    return inputs.length > 0 ? { spec, inputs } : { spec };
  }

  /** The folder of the revision as tasks see it, null for a job without project, and the services beside it. */
  private async runtimeOf(
    jobId: string,
    context: RunContext,
    holdings: Holdings,
    signal: AbortSignal,
  ): Promise<Pick<PreparedJob, 'revisionDir' | 'services'>> {
    const { revision, runtime } = context;
    if (revision === null) return { revisionDir: null };
    if (runtime?.kind === 'oci') throw noContainers();
    const revisionDir = this.held(await this.preparedFolder(jobId, revision, runtime ?? {}, signal), holdings);
    if (!runtime?.services || this.settings.executor === 'none') return { revisionDir };
    const services = await this.services.take(revisionDir, runtime.services, runtime.workdir, signal);
    holdings.add(services.release);
    return { revisionDir, services };
  }

  private async preparedFolder(
    jobId: string,
    revision: string,
    runtime: RuntimeSpec,
    signal: AbortSignal,
  ): Promise<string> {
    const folder = await this.revisions.take(revision, jobId);
    const steps = runtimeSteps(runtime);
    if (steps.length === 0) return folder;
    try {
      return await this.runtimes.take(revision, folder, steps, signal);
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
