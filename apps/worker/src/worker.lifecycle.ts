import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AnnounceWorkerLoop } from './announce-worker/announce-worker.loop.js';
import { DrainWorker } from './drain-worker/drain-worker.service.js';
import { PrepareJobs } from './prepare-jobs/prepare-jobs.service.js';
import { removeLeftovers } from './drive-launchers/remove-leftovers.js';
import { EXECUTOR, type Executor } from './run-attempts/executor.js';
import { RunAttempts } from './run-attempts/run-attempts.service.js';
import { RunServices } from './run-services/run-services.service.js';
import { SaveCheckpointsLoop } from './save-checkpoints/save-checkpoints.loop.js';
import { LiveOutput } from './stream-output/live-output.service.js';
import { WORKER_SETTINGS, type WorkerSettings } from './worker-options.js';

/** Opens the rooms in order and closes them in order. */
@Injectable()
export class WorkerLifecycle implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(WorkerLifecycle.name);

  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    @Inject(EXECUTOR) private readonly executor: Executor,
    private readonly prepareJobs: PrepareJobs,
    private readonly run: RunAttempts,
    private readonly announce: AnnounceWorkerLoop,
    private readonly drain: DrainWorker,
    private readonly live: LiveOutput,
    private readonly checkpoints: SaveCheckpointsLoop,
    private readonly services: RunServices,
  ) {}

  /** Rejects when no task could be started on this machine. */
  async onModuleInit(): Promise<void> {
    const { dataDir, name, workerId, offers } = this.settings;
    // What an earlier incarnation left behind when it was killed.
    for (const folder of ['slots', 'spool']) {
      await removeLeftovers(join(dataDir, folder)).catch((error: unknown) => this.logger.warn(error));
      await mkdir(join(dataDir, folder), { recursive: true, mode: 0o711 });
    }
    await this.prepareJobs.open();
    await this.executor.open(() => this.run.wake());
    this.logger.log(`worker ${name} (${workerId}) offers ${JSON.stringify(offers)}`);
  }

  onApplicationBootstrap(): void {
    this.announce.start();
    this.checkpoints.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.drain.drain();
    await this.checkpoints.stop();
    await this.announce.stop();
    this.live.flush();
    await this.services.close();
    await this.executor.close();
  }
}
