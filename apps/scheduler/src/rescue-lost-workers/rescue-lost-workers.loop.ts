import { WORKER_TTL_MS } from '@computalot/contracts';
import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AssignTasksLoop } from '../assign-tasks/assign-tasks.loop.js';
import { RescueLostWorkers } from './rescue-lost-workers.service.js';

const EVERY_MS = 2_000;

@Injectable()
export class RescueLostWorkersLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;
  private readonly startedAt = performance.now();

  constructor(rescuer: RescueLostWorkers, assigner: AssignTasksLoop) {
    this.loop = new Loop({
      name: 'rescue-lost-workers',
      everyMs: EVERY_MS,
      logger: new Logger(RescueLostWorkersLoop.name),
      runOnce: async () => {
        // After a pause of all schedulers every worker looks silent: listen for a whole TTL before judging.
        if (performance.now() - this.startedAt < WORKER_TTL_MS) return 0;
        const released = await rescuer.runOnce();
        if (released > 0) assigner.wake();
        return released;
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
