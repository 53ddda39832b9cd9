import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AssignTasksLoop } from '../assign-tasks/assign-tasks.loop.js';
import { QueueRetries } from './queue-retries.service.js';

/** Backstop: a retry is looked for when it is due by whoever decided it; after a restart nobody remembers. */
const EVERY_MS = 1_000;
const SPACING_MS = 20;

@Injectable()
export class QueueRetriesLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(retries: QueueRetries, assigner: AssignTasksLoop) {
    this.loop = new Loop({
      name: 'queue-retries',
      everyMs: EVERY_MS,
      spacingMs: SPACING_MS,
      logger: new Logger(QueueRetriesLoop.name),
      runOnce: async () => {
        const queued = await retries.runOnce();
        if (queued > 0) assigner.wake();
        return queued;
      },
    });
  }

  /** A retry is due in so many milliseconds. */
  wake(withinMs: number): void {
    this.loop.wake(withinMs);
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
