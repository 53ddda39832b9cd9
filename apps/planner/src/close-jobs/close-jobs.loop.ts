import { DATABASE, listJobsToClose, type Database } from '@computalot/database';
import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CloseJobs } from './close-jobs.service.js';

const EVERY_MS = 2_000;

/** Backstop of the message: finds jobs whose tasks have all ended and that nobody has closed. */
@Injectable()
export class CloseJobsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(@Inject(DATABASE) database: Database, closer: CloseJobs) {
    this.loop = new Loop({
      name: 'close-jobs',
      everyMs: EVERY_MS,
      logger: new Logger(CloseJobsLoop.name),
      runOnce: async () => closer.closeAll(await listJobsToClose(database)),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
