import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DeleteJobsLoop } from '../delete-jobs/delete-jobs.loop.js';
import { ExpireJobs } from './expire-jobs.service.js';

const EVERY_MS = 60_000;
/** Between two batches while more are due. */
const SPACING_MS = 1_000;

@Injectable()
export class ExpireJobsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(expirer: ExpireJobs, deleter: DeleteJobsLoop) {
    this.loop = new Loop({
      name: 'expire-jobs',
      everyMs: EVERY_MS,
      spacingMs: SPACING_MS,
      logger: new Logger(ExpireJobsLoop.name),
      runOnce: async () => {
        const expired = await expirer.runOnce();
        if (expired > 0) {
          this.loop.wake();
          deleter.wake();
        }
        return expired;
      },
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
