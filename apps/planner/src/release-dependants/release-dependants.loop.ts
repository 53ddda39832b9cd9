import { DATABASE, listEndedDependencies, type Database } from '@computalot/database';
import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ReleaseDependants } from './release-dependants.service.js';

const EVERY_MS = 2_000;
/** The event of a job that ended later is still on its way. */
const SETTLE_S = 3;
/** Waiting dependencies looked at in one run; the next one goes on from there. */
const ROWS_PER_RUN = 5_000;

/** Backstop of the events: finds dependencies that ended and whose dependants nobody told. */
@Injectable()
export class ReleaseDependantsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;
  private after: string | null = null;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly dependants: ReleaseDependants,
  ) {
    this.loop = new Loop({
      name: 'release-dependants',
      everyMs: EVERY_MS,
      logger: new Logger(ReleaseDependantsLoop.name),
      runOnce: () => this.runOnce(),
    });
  }

  /** Returns how many ended dependencies it found. */
  async runOnce(settle_s = SETTLE_S): Promise<number> {
    let page = await listEndedDependencies(this.database, this.after, settle_s, ROWS_PER_RUN);
    if (page.length === 0 && this.after !== null) {
      page = await listEndedDependencies(this.database, null, settle_s, ROWS_PER_RUN);
    }
    this.after = page.at(-1)?.id ?? null;
    const ended = page.filter((dependency) => dependency.ended).map(({ id }) => id);
    if (ended.length > 0) await this.dependants.jobsEnded(ended);
    return ended.length;
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
