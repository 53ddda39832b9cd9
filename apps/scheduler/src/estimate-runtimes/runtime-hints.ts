import type { AttemptMove, JobFacts } from '@computalot/database';
import { Injectable } from '@nestjs/common';

/** A guess must not fill a worker's backlog as a measurement may: a job is taken to be at least this long until its own first task ended. */
const SHORTEST_GUESS_MS = 20;
const WEIGHT_OF_NEWEST = 0.2;
const KINDS_KEPT = 10_000;

type Kind = Pick<JobFacts, 'account_id' | 'project_id'>;

/**
 * How long tasks of a project lately ran, for jobs that have not shown it yet: many jobs of one short task each would otherwise get no backlog
 * at all. A hint of this process, lost with it; nothing depends on it but speed.
 */
@Injectable()
export class RuntimeHints {
  private readonly means = new Map<string, number>();

  learn(moves: readonly AttemptMove[], facts: ReadonlyMap<string, JobFacts>): void {
    for (const { job_id, started_at, finished_at } of moves) {
      const job = facts.get(job_id);
      if (!job || started_at === undefined || finished_at === undefined) continue;
      const key = keyOf(job);
      const before = this.means.get(key) ?? finished_at - started_at;
      if (this.means.size > KINDS_KEPT) this.means.clear();
      this.means.set(key, before + WEIGHT_OF_NEWEST * (finished_at - started_at - before));
    }
  }

  /** Milliseconds; null when nothing of the project has ended yet. */
  guess(kind: Kind): number | null {
    const mean = this.means.get(keyOf(kind));
    return mean === undefined ? null : Math.max(mean, SHORTEST_GUESS_MS);
  }
}

const keyOf = ({ account_id, project_id }: Kind) => `${account_id}/${project_id}`;
