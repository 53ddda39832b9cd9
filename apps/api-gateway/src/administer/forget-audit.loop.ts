import { DATABASE, forgetAuditEntries, type Database } from '@computalot/database';
import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';

const EVERY_MS = 10 * 60_000;
const BATCH = 1_000;

/** Removes entries of the audit log after their time. */
@Injectable()
export class ForgetAuditLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(GATEWAY_OPTIONS) private readonly options: GatewayOptions,
  ) {
    this.loop = new Loop({
      name: 'forget-audit',
      everyMs: EVERY_MS,
      logger: new Logger(ForgetAuditLoop.name),
      runOnce: () => this.runOnce(),
    });
  }

  async runOnce(): Promise<number> {
    const { auditTtlS } = this.options;
    for (let forgotten = 0; ;) {
      const batch = auditTtlS === 0 ? 0 : await forgetAuditEntries(this.database, auditTtlS, BATCH);
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
