import { encodeId } from '@computalot/kernel';

/** Why a job cannot run: from its own dependency, the first, to the job that ended in another way than was asked, the last. */
export interface FailureChain {
  /** Public ids: the nearest ones and the last ones; the middle of a long chain is left out. */
  readonly jobs: readonly string[];
  /** How many jobs the whole chain has. */
  readonly length: number;
  /** How the last one ended: its status, or `deleted`. */
  readonly ended: string;
}

const NEAREST = 3;
const LAST = 2;

/** One dependency that keeps a job from ever running. Ids as in the database. */
export interface FailedDependency {
  readonly job_id: string;
  readonly depends_on: string;
  /** How it ended; null for one that is doomed itself. */
  readonly ended: string | null;
  /** Why it could not run, when that is how it ended. */
  readonly chain: FailureChain | null;
}

export function extendChain(job: string, { jobs, length, ended }: FailureChain): FailureChain {
  const all = [job, ...jobs];
  if (all.length > NEAREST + LAST) all.splice(NEAREST, 1);
  return { jobs: all, length: length + 1, ended };
}

/**
 * The chain of every doomed job. A job is left out whose dependency is doomed and not among them: its turn comes when that one has ended. No
 * recursion: a chain may be as long as there are jobs.
 */
export function failureChains(failures: readonly FailedDependency[]): Map<string, FailureChain> {
  const byJob = new Map(failures.map((failure) => [failure.job_id, failure]));
  const chains = new Map<string, FailureChain>();
  for (const start of failures) {
    const path: FailedDependency[] = [];
    let at: FailedDependency | undefined = start;
    while (at && !chains.has(at.job_id)) {
      path.push(at);
      at = at.ended === null ? byJob.get(at.depends_on) : undefined;
    }
    for (const failure of path.toReversed()) {
      const chain = chainOf(failure, chains.get(failure.depends_on));
      if (chain) chains.set(failure.job_id, chain);
    }
  }
  return chains;
}

function chainOf({ depends_on, ended, chain }: FailedDependency, doomed?: FailureChain): FailureChain | null {
  const id = encodeId('job', depends_on);
  if (ended === null) return doomed ? extendChain(id, doomed) : null;
  return chain ? extendChain(id, chain) : { jobs: [id], length: 1, ended };
}

/** "job_c was not run: it depends on job_b, which failed because it depends on job_a, which ended failed." */
export function describeChain(job: string, { jobs, length, ended }: FailureChain): string {
  const left = length - jobs.length;
  const steps = jobs.map((id, at) =>
    left > 0 && at === NEAREST ? `, through ${left} more jobs, on ${id}` : ` on ${id}`,
  );
  return `${job} was not run: it depends${steps.join(', which failed because it depends')}, which ${endOf(ended)}.`;
}

function endOf(ended: string): string {
  return ended === 'cancelled' || ended === 'deleted' ? `was ${ended}` : `ended ${ended}`;
}
