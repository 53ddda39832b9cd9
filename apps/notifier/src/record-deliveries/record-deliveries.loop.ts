import { DATABASE, listUnannouncedJobs, type Database } from '@computalot/database';
import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RecordDeliveries } from './record-deliveries.service.js';

const EVERY_MS = 15_000;
/** A job that finished later is still on its way to the consumer. */
const SETTLE_S = 10;

/** Backstop of the event: finds finished jobs whose delivery nobody recorded. */
@Injectable()
export class RecordDeliveriesLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(@Inject(DATABASE) database: Database, recorder: RecordDeliveries) {
    this.loop = new Loop({
      name: 'record-deliveries',
      everyMs: EVERY_MS,
      logger: new Logger(RecordDeliveriesLoop.name),
      runOnce: async () => {
        const ids = await listUnannouncedJobs(database, SETTLE_S);
        return ids.length > 0 ? recorder.recordJobs(ids) : 0;
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
