import { DomainError, isDomainError, newUuid } from '@computalot/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { createWriteStream } from 'node:fs';
import { chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CacheFolders } from '../cache-folders/cache-folders.service.js';
import { removeLeftovers } from '../drive-launchers/remove-leftovers.js';
import { EXECUTOR, type AsidePlace, type Executor } from '../run-attempts/executor.js';
import { memoryBoundOf } from '../run-attempts/memory-bound.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { FailedRuntimes } from './failed-runtimes.js';
import { runSteps } from './run-steps.js';
import { runtimeKey, type RuntimeStep } from './runtime-steps.js';
import { SharedRuns } from './shared-runs.js';

/** What failed by itself may have failed for the network's sake: it is tried so often before tasks are told. */
const TRIES = 2;
const MAX_LOG_BYTES = 1024 * 1024;

/**
 * Revisions after their `runtime.init` and `validation`, by revision and commands. A folder that the cache has is complete. The output lies
 * beside it.
 */
@Injectable()
export class PrepareRuntimes {
  private readonly logger = new Logger(PrepareRuntimes.name);
  private readonly runs = new SharedRuns<void>();
  private readonly failed = new FailedRuntimes((key) => void rm(this.logOf(key), { force: true }));
  private readonly dir: string;

  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    @Inject(EXECUTOR) private readonly executor: Executor,
    private readonly cache: CacheFolders,
  ) {
    this.dir = join(settings.dataDir, 'runtimes');
  }

  open(): Promise<void> {
    return this.cache.open(this.dir);
  }

  /**
   * Folder of the prepared revision, taken from the cache until it is released there. All who want the same one meanwhile wait for the same run; it ends when the last of them leaves.
   *
   * @throws DomainError `runtime_init_failed` or `validation_failed`; another error where this worker is at fault
   */
  async take(
    revision: string,
    revisionDir: string,
    steps: readonly RuntimeStep[],
    signal: AbortSignal,
  ): Promise<string> {
    const key = runtimeKey(revision, steps);
    const folder = join(this.dir, key);
    while (!this.cache.take(folder)) {
      const failure = this.failed.find(key, Date.now());
      if (failure) throw failure;
      await this.runs.join(key, signal, (abort) => this.prepare(key, revisionDir, steps, abort));
    }
    return folder;
  }

  private async prepare(
    key: string,
    revisionDir: string,
    steps: readonly RuntimeStep[],
    abort: AbortSignal,
  ): Promise<void> {
    const begun = Date.now();
    await rm(this.logOf(key), { force: true });
    const deadline = begun + this.settings.initTimeout_s * 1_000;
    for (let left = TRIES - 1; ; left--) {
      try {
        return await this.prepareOnce(key, revisionDir, steps, deadline, abort);
      } catch (error) {
        if (abort.aborted) throw abort.reason;
        if (!isDomainError(error)) throw error;
        if (left > 0 && Date.now() < deadline) continue;
        this.failed.add(key, error, Date.now() - begun, Date.now());
        throw error;
      }
    }
  }

  private async prepareOnce(
    key: string,
    revisionDir: string,
    steps: readonly RuntimeStep[],
    deadline: number,
    abort: AbortSignal,
  ): Promise<void> {
    const scratch = join(this.dir, `.${newUuid()}`);
    await this.makeFolder(scratch);
    try {
      const place = this.executor.openAside(revisionDir, scratch);
      if (place) await this.runIn(place, key, steps, deadline, abort);
      await this.cache.add(scratch, join(this.dir, key));
      this.failed.remove(key);
      this.logger.log(`runtime ${key} is prepared`);
    } finally {
      await removeLeftovers(scratch);
    }
  }

  private async runIn(
    place: AsidePlace,
    key: string,
    steps: readonly RuntimeStep[],
    deadline: number,
    abort: AbortSignal,
  ): Promise<void> {
    const end = (): void => void place.close();
    abort.addEventListener('abort', end);
    const log = createWriteStream(this.logOf(key), { flags: 'a', mode: 0o600 });
    log.on('error', (error) => this.logger.warn(error));
    let room = MAX_LOG_BYTES;
    const { taskPath: path, offers, initTimeout_s: timeout_s } = this.settings;
    try {
      abort.throwIfAborted();
      await runSteps(place, steps, { path, memory_bytes: memoryBoundOf({}, offers), deadline, timeout_s }, (data) => {
        if (room > 0) log.write(data.subarray(0, room));
        room -= data.length;
      });
    } finally {
      abort.removeEventListener('abort', end);
      log.end();
      await place.close();
    }
  }

  private logOf(key: string): string {
    return join(this.dir, `${key}.log`);
  }

  private async makeFolder(path: string): Promise<void> {
    await mkdir(path, { mode: 0o755 });
    if (process.getuid?.() === 0) await chown(path, this.settings.taskUid, this.settings.taskGid);
  }
}

/** A container is not run as anything else. */
export const noContainers = (): DomainError =>
  new DomainError('runtime_init_failed', 'the runtime is "oci", and this worker runs no containers');
