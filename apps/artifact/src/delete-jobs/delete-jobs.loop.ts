import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RemoveContentsLoop } from '../remove-contents/remove-contents.loop.js';
import { DeleteJobs } from './delete-jobs.service.js';

/** Backstop of the message: what is owed stands in Postgres. */
const EVERY_MS = 15_000;
const SPACING_MS = 200;

@Injectable()
export class DeleteJobsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(deleter: DeleteJobs, contents: RemoveContentsLoop) {
    this.loop = new Loop({
      name: 'delete-jobs',
      everyMs: EVERY_MS,
      spacingMs: SPACING_MS,
      logger: new Logger(DeleteJobsLoop.name),
      runOnce: async () => {
        const done = await deleter.runOnce();
        // There may be more, and their artifacts left contents behind.
        if (done > 0) {
          this.loop.wake();
          contents.wake();
        }
        return done;
      },
    });
  }

  wake(): void {
    this.loop.wake();
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
