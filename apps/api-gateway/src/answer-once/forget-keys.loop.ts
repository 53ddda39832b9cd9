import { DATABASE, forgetOldKeys, type Database } from '@computalot/database';
import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

const KEPT_S = 24 * 3600;
const EVERY_MS = 10 * 60_000;
const BATCH = 1_000;

/** Removes keys, and the answers kept under them, after their time. */
@Injectable()
export class ForgetKeysLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(@Inject(DATABASE) private readonly database: Database) {
    this.loop = new Loop({
      name: 'forget-keys',
      everyMs: EVERY_MS,
      logger: new Logger(ForgetKeysLoop.name),
      runOnce: () => this.runOnce(),
    });
  }

  async runOnce(): Promise<number> {
    let forgotten = 0;
    for (;;) {
      const batch = await forgetOldKeys(this.database, KEPT_S, BATCH);
      forgotten += batch;
      if (batch < BATCH) return forgotten;
    }
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
