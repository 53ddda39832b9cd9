import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RemoveContents } from './remove-contents.service.js';

const EVERY_MS = 15_000;

@Injectable()
export class RemoveContentsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(remover: RemoveContents) {
    this.loop = new Loop({
      name: 'remove-contents',
      everyMs: EVERY_MS,
      logger: new Logger(RemoveContentsLoop.name),
      runOnce: async () => {
        const seen = await remover.runOnce();
        if (seen > 0) this.loop.wake();
        return seen;
      },
    });
  }

  /** Artifacts were deleted. */
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
