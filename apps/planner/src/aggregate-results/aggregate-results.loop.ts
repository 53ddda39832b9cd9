import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AggregateResults } from './aggregate-results.service.js';

const EVERY_MS = 1_000;

/** Keeps the aggregates of running jobs fresh; the rest of an ended one is folded when it is closed. */
@Injectable()
export class AggregateResultsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(aggregates: AggregateResults) {
    this.loop = new Loop({
      name: 'aggregate-results',
      everyMs: EVERY_MS,
      logger: new Logger(AggregateResultsLoop.name),
      runOnce: () => aggregates.runOnce(),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
