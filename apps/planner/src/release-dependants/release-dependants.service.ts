import { planningWanted } from '@computalot/contracts';
import {
  DATABASE,
  listAwaitedJobs,
  settleDependencies,
  type Database,
  type DependenciesNamed,
} from '@computalot/database';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { FailDependants } from './fail-dependants.service.js';

export interface Released {
  /** Jobs that wait for nothing any more. */
  readonly freed: number;
  /** Jobs that ended because they can never run. */
  readonly failed: number;
}

/**
 * Lets jobs go whose dependencies hold, and ends those that can never run. Every step is one guarded statement or one transaction, so that two
 * planners, a repeated event or a crash in between do no harm.
 */
@Injectable()
export class ReleaseDependants {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PUBLISHER) private readonly publisher: Pick<Publisher, 'send'>,
    private readonly failer: FailDependants,
  ) {}

  /** Jobs have ended: most of them nobody waits for. */
  async jobsEnded(ids: readonly string[]): Promise<Released> {
    const on = await listAwaitedJobs(this.database, [...new Set(ids)]);
    return on.length > 0 ? this.settle({ on, of: [] }) : { freed: 0, failed: 0 };
  }

  /** Jobs that wait were accepted: what they depend on may have ended before anybody knew of them. */
  async jobsAccepted(ids: readonly string[]): Promise<Released> {
    return ids.length > 0 ? this.settle({ on: [], of: ids }) : { freed: 0, failed: 0 };
  }

  /** Whoever is failed here may be what others wait for, whatever the condition: until nobody is. */
  private async settle({ on, of }: DependenciesNamed): Promise<Released> {
    const named = { on: [...on], of };
    let freed = 0;
    let failed = 0;
    for (;;) {
      const free = await settleDependencies(this.database, named);
      if (free.length > 0) this.publisher.send(planningWanted, { job_ids: free });
      freed += free.length;
      const ended = await this.failer.failDoomed(named);
      if (ended.length === 0) return { freed, failed };
      named.on.push(...ended);
      failed += ended.length;
    }
  }
}
