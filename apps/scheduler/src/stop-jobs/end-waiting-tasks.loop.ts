import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EndWaitingTasks } from './end-waiting-tasks.service.js';

const EVERY_MS = 2_000;

/** Goes on without a pause while there are tasks to end; looks every other moment, whatever message got lost. */
@Injectable()
export class EndWaitingTasksLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(ending: EndWaitingTasks) {
    this.loop = new Loop({
      name: 'end-waiting-tasks',
      everyMs: EVERY_MS,
      logger: new Logger(EndWaitingTasksLoop.name),
      runOnce: async () => {
        const { touched, unfinished } = await ending.runOnce();
        if (unfinished > 0) this.loop.wake();
        return touched;
      },
    });
  }

  /** There is more to end. */
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
