import { DATABASE, listJobsToPlan, type Database } from '@computalot/database';
import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { PlanJobs } from './plan-jobs.service.js';

const EVERY_MS = 2_000;
/** A job younger than this is still on its way to the consumer. */
const SETTLE_S = 3;

/** Backstop of the message: finds jobs whose planning was lost or broke off. */
@Injectable()
export class PlanJobsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(@Inject(DATABASE) database: Database, planner: PlanJobs) {
    this.loop = new Loop({
      name: 'plan-jobs',
      everyMs: EVERY_MS,
      logger: new Logger(PlanJobsLoop.name),
      runOnce: async () => {
        const ids = await listJobsToPlan(database, SETTLE_S);
        return ids.length > 0 ? planner.plan(ids) : 0;
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
