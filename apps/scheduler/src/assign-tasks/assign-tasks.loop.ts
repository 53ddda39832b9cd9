import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AssignTasks } from './assign-tasks.service.js';

/** Backstop between rounds; every change that could place something wakes the loop. */
const BACKSTOP_MS = 500;
/** Under load one round for many reports: a round costs the same for one task as for hundreds. */
const SPACING_MS = 10;
const MAX_CALM_MS = 100;

@Injectable()
export class AssignTasksLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(private readonly assigner: AssignTasks) {
    this.loop = new Loop({
      name: 'assign-tasks',
      everyMs: BACKSTOP_MS,
      spacingMs: SPACING_MS,
      runOnce: () => assigner.runOnce(),
      logger: new Logger(AssignTasksLoop.name),
    });
  }

  /** Something new may be placeable. */
  wake(): void {
    this.loop.wake();
  }

  /** Slots became free: at once unless backlogs fill them for a while. */
  wakeForFreedSlots(): void {
    this.loop.wake(Math.min(this.assigner.calmMs, MAX_CALM_MS));
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
