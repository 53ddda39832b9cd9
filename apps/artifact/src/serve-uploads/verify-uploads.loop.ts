import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { VerifyUploads } from './verify-uploads.service.js';

const EVERY_MS = 15_000;

/** The backstop: a completed upload is verified at once by whom the gateway asks. */
@Injectable()
export class VerifyUploadsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(verifier: VerifyUploads) {
    this.loop = new Loop({
      name: 'verify-uploads',
      everyMs: EVERY_MS,
      logger: new Logger(VerifyUploadsLoop.name),
      runOnce: async () => {
        const verified = await verifier.runOnce();
        if (verified > 0) this.loop.wake();
        return verified;
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
