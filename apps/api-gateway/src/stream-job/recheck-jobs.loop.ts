import { DATABASE, readWatchedJobs, type Database } from '@computalot/database';
import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import type { JobStream } from './job-stream.js';

/** What one reader has open: the streams of some jobs, which may become others. */
export interface StreamView {
  readonly streams: Iterable<JobStream>;
  stop(): void;
}

/** Backstop of the live feed: jobs that somebody watches and that have been silent are looked up in Postgres, all in one statement. */
@Injectable()
export class RecheckJobsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly views = new Set<StreamView>();
  private readonly loop: Loop;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(GATEWAY_OPTIONS) private readonly options: GatewayOptions,
  ) {
    this.loop = new Loop({
      name: 'recheck-jobs',
      everyMs: options.recheckMs,
      logger: new Logger(RecheckJobsLoop.name),
      runOnce: () => this.runOnce(),
    });
  }

  watch(view: StreamView): void {
    this.views.add(view);
  }

  unwatch(view: StreamView): void {
    this.views.delete(view);
  }

  /** Returns how many streams were told. */
  async runOnce(): Promise<number> {
    const before = Date.now() - this.options.recheckMs;
    const silent = [...this.views]
      .flatMap(({ streams }) => [...streams])
      .filter((stream) => stream.lastHeard <= before);
    if (silent.length === 0) return 0;
    const jobs = await readWatchedJobs(this.database, [...new Set(silent.map((stream) => stream.jobId))]);
    const byId = new Map(jobs.map((job) => [job.id, job]));
    for (const stream of silent) stream.recheck(byId.get(stream.jobId) ?? null);
    return silent.length;
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
