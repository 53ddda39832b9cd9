import { WORKER_TTL_MS } from '@computalot/contracts';
import { DATABASE, type Database } from '@computalot/database';
import { TRANSPORT, type Transport } from '@computalot/messaging';
import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AssignTasksLoop } from '../assign-tasks/assign-tasks.loop.js';
import { Attention } from './attention.js';
import { RescueLostWorkers } from './rescue-lost-workers.service.js';

const EVERY_MS = 2_000;

@Injectable()
export class RescueLostWorkersLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;
  private readonly attention = new Attention(performance.now());

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(TRANSPORT) private readonly transport: Pick<Transport, 'isConnected'>,
    rescuer: RescueLostWorkers,
    assigner: AssignTasksLoop,
  ) {
    this.loop = new Loop({
      name: 'rescue-lost-workers',
      everyMs: EVERY_MS,
      logger: new Logger(RescueLostWorkersLoop.name),
      runOnce: async () => {
        // After a pause of all schedulers every worker looks silent: listen for a whole TTL before judging.
        if ((await this.attentiveMs()) < WORKER_TTL_MS) return 0;
        const released = await rescuer.runOnce();
        if (released > 0) assigner.wake();
        return released;
      },
    });
  }

  private async attentiveMs(): Promise<number> {
    try {
      await this.database.query('SELECT 1');
    } catch (error) {
      this.attention.look(false, performance.now());
      throw error;
    }
    return this.attention.look(this.transport.isConnected(), performance.now());
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
