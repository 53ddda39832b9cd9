import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RemoveContentsLoop } from '../remove-contents/remove-contents.loop.js';
import { SweepLeftovers } from './sweep-leftovers.service.js';

const EVERY_MS = 60_000;
/** Between two batches while there is more. */
const SPACING_MS = 1_000;

@Injectable()
export class SweepLeftoversLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(sweeper: SweepLeftovers, contents: RemoveContentsLoop) {
    this.loop = new Loop({
      name: 'sweep-leftovers',
      everyMs: EVERY_MS,
      spacingMs: SPACING_MS,
      logger: new Logger(SweepLeftoversLoop.name),
      runOnce: async () => {
        const swept = await sweeper.runOnce();
        if (swept > 0) {
          this.loop.wake();
          contents.wake();
        }
        return swept;
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
