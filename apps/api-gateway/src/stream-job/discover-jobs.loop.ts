import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import type { ProjectStream } from './project-stream.js';

/** Shows readers of projects the jobs that came since: from Postgres, whatever else is away. */
@Injectable()
export class DiscoverJobsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly streams = new Set<ProjectStream>();
  private readonly loop: Loop;

  constructor(@Inject(GATEWAY_OPTIONS) { recheckMs }: GatewayOptions) {
    this.loop = new Loop({
      name: 'discover-jobs',
      everyMs: recheckMs,
      logger: new Logger(DiscoverJobsLoop.name),
      runOnce: () => this.runOnce(),
    });
  }

  watch(stream: ProjectStream): void {
    this.streams.add(stream);
  }

  /** Returns how many streams looked. */
  async runOnce(): Promise<number> {
    for (const stream of this.streams) {
      if (stream.isClosed) this.streams.delete(stream);
      else await stream.discover();
    }
    return this.streams.size;
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
