import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { StopJobs } from './stop-jobs.service.js';

const EVERY_MS = 2_000;

@Injectable()
export class StopJobsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(stopper: StopJobs) {
    this.loop = new Loop({
      name: 'stop-jobs',
      everyMs: EVERY_MS,
      runOnce: () => stopper.runOnce(),
      logger: new Logger(StopJobsLoop.name),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
