import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AssignTasksLoop } from '../assign-tasks/assign-tasks.loop.js';
import { ReopenTasks } from './reopen-tasks.service.js';

/** Backstop of the message: what is owed stands in Postgres. */
const EVERY_MS = 2_000;

@Injectable()
export class ReopenTasksLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(reopener: ReopenTasks, assigner: AssignTasksLoop) {
    this.loop = new Loop({
      name: 'reopen-tasks',
      everyMs: EVERY_MS,
      runOnce: () => reopener.runOnce(() => assigner.wake()),
      logger: new Logger(ReopenTasksLoop.name),
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
