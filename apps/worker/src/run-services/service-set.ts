import type { DomainError } from '@computalot/kernel';
import type { ServiceProcess } from './service-process.js';

/** The services of one revision, started in the order of the manifest. */
export class ServiceSet {
  /** Jobs that need it now. */
  users = 0;
  private readonly breakage = Promise.withResolvers<DomainError>();

  constructor(
    readonly variables: Readonly<Record<string, string>>,
    private readonly processes: readonly ServiceProcess[],
  ) {}

  /** Resolves when all are healthy. @throws as the first that does not become so; nothing is left then */
  async start(): Promise<void> {
    try {
      for (const service of this.processes) await service.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
    for (const service of this.processes)
      void service.watch().then((failure) => failure && this.breakage.resolve(failure));
  }

  /** Why it is of no more use; pending while it is. */
  get broken(): Promise<DomainError> {
    return this.breakage.promise;
  }

  /** Resolves when no process of it is alive. */
  async stop(): Promise<void> {
    await Promise.all(this.processes.map((service) => service.stop()));
  }
}
