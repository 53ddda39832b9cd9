import type { RuntimeService } from '@computalot/contracts';
import type { DomainError } from '@computalot/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CacheFolders } from '../cache-folders/cache-folders.service.js';
import { SharedRuns } from '../prepare-runtimes/shared-runs.js';
import { EXECUTOR, type AsidePlace, type Executor } from '../run-attempts/executor.js';
import { memoryBoundOf } from '../run-attempts/memory-bound.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { freePort } from './free-port.js';
import { ServiceProcess } from './service-process.js';
import { ServiceSet } from './service-set.js';
import { serviceVariables, type PlacedService } from './service-variables.js';

export interface TakenServices {
  readonly variables: Readonly<Record<string, string>>;
  readonly broken: Promise<DomainError>;
  readonly release: () => void;
}

/** Services beside the tasks of a revision: one set for all jobs of it, from the first that needs it until a while after the last. */
@Injectable()
export class RunServices {
  private readonly logger = new Logger(RunServices.name);
  private readonly sets = new Map<string, ServiceSet>();
  private readonly starts = new SharedRuns<void>();
  private readonly ports = new Set<number>();
  private readonly ending = new Set<Promise<void>>();

  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    @Inject(EXECUTOR) private readonly executor: Executor,
    private readonly cache: CacheFolders,
  ) {}

  /** Healthy services of the (prepared) revision in the folder. @throws DomainError `service_failed` */
  async take(
    folder: string,
    services: readonly RuntimeService[],
    workdir: string | undefined,
    signal: AbortSignal,
  ): Promise<TakenServices> {
    let set = this.sets.get(folder);
    while (!set) {
      await this.starts.join(folder, signal, (abort) => this.start(folder, services, workdir, abort));
      set = this.sets.get(folder);
    }
    const taken = set;
    taken.users += 1;
    return { variables: taken.variables, broken: taken.broken, release: () => this.release(folder, taken) };
  }

  /** Resolves when no process of any service is alive. */
  async close(): Promise<void> {
    for (const [folder, set] of this.sets) this.end(folder, set);
    await Promise.all(this.ending);
  }

  private async start(
    folder: string,
    services: readonly RuntimeService[],
    workdir: string | undefined,
    abort: AbortSignal,
  ): Promise<void> {
    const placed: PlacedService[] = [];
    for (const service of services) {
      const port = await freePort(this.ports);
      this.ports.add(port);
      placed.push({ service, port });
    }
    const set = this.setOf(folder, placed, workdir);
    const stop = (): void => void set.stop();
    abort.addEventListener('abort', stop);
    this.cache.take(folder);
    try {
      abort.throwIfAborted();
      await set.start();
      this.sets.set(folder, set);
    } catch (error) {
      this.cache.release(folder);
      throw error;
    } finally {
      abort.removeEventListener('abort', stop);
      for (const { port } of placed) this.ports.delete(port);
    }
    void set.broken.then(({ detail }) => {
      this.logger.warn(detail);
      this.end(folder, set);
    });
  }

  private setOf(folder: string, placed: readonly PlacedService[], workdir: string | undefined): ServiceSet {
    const variables = serviceVariables(placed);
    const env = { PATH: this.settings.taskPath, LANG: 'C.UTF-8', ...variables };
    const memory_bytes = memoryBoundOf({}, this.settings.offers);
    const openPlace = (): AsidePlace => this.executor.openAside(folder) as AsidePlace;
    const processes = placed.map((one) => new ServiceProcess({ ...one, env, workdir, memory_bytes, openPlace }));
    return new ServiceSet(variables, processes);
  }

  private release(folder: string, set: ServiceSet): void {
    set.users -= 1;
    if (set.users > 0) return;
    const linger = setTimeout(() => {
      if (set.users === 0) this.end(folder, set);
    }, this.settings.serviceLingerMs);
    linger.unref();
  }

  /** Once for each set: whoever needs one from now on has it started anew. */
  private end(folder: string, set: ServiceSet): void {
    if (this.sets.get(folder) !== set) return;
    this.sets.delete(folder);
    const ending = set
      .stop()
      .catch((error: unknown) => this.logger.warn(error))
      .finally(() => {
        this.ending.delete(ending);
        this.cache.release(folder);
      });
    this.ending.add(ending);
  }
}
