import { admitJobs, type Overrun } from '@computalot/jobs';
import type { Database, Queryable } from '../database.js';
import { acceptJob, acceptJobs, type Acceptance, type AcceptedJob } from './accept-jobs.store.js';
import { lockQuotas, readAccount, readUsage } from './quotas.store.js';

/** As {@link Acceptance}, or the quota that the job would have overrun. */
export type Admission = Acceptance | { readonly kind: 'over_quota'; readonly overrun: Overrun };

/**
 * Accepts jobs of an account, in order, as far as its quotas reach; answers in the order of `jobs`. An account without quotas pays nothing for
 * them. One with some has its submissions admitted one after the other, so that no two count on the same place.
 */
export async function acceptWithinQuotas(
  database: Database,
  accountId: string,
  jobs: readonly AcceptedJob[],
): Promise<Admission[]> {
  if (!(await isUnderQuota(database, accountId, jobs))) return accept(database, accountId, jobs);
  return database.transaction(async (tx) => {
    const quotas = await lockQuotas(tx, accountId);
    const overruns = admitJobs(quotas, await readUsage(tx, accountId), jobs.map(taskCountOf));
    const admitted = await accept(
      tx,
      accountId,
      jobs.filter((_, at) => overruns[at] === null),
    );
    const next = admitted.values();
    return overruns.map((overrun): Admission => {
      const admission = overrun ? { kind: 'over_quota' as const, overrun } : next.next().value;
      if (!admission) throw new Error('a job was neither admitted nor refused');
      return admission;
    });
  });
}

/** What the jobs' projects say of their account. Recipes are of another one: for them it is asked. */
async function isUnderQuota(db: Queryable, accountId: string, jobs: readonly AcceptedJob[]): Promise<boolean> {
  if (jobs.some(({ project }) => project.is_under_quota)) return true;
  if (jobs.every(({ project }) => project.name !== null)) return false;
  const quotas = (await readAccount(db, accountId))?.quotas;
  return quotas !== undefined && [quotas.open_jobs, quotas.queued_tasks, quotas.storage_bytes].some((q) => q !== null);
}

async function accept(db: Queryable, accountId: string, jobs: readonly AcceptedJob[]): Promise<Acceptance[]> {
  const [job] = jobs;
  if (!job) return [];
  return jobs.length === 1 ? [await acceptJob(db, accountId, job)] : acceptJobs(db, accountId, jobs);
}

/** As read-account-usage.sql counts a job that is not planned yet. */
const taskCountOf = ({ item_total, batch_size }: AcceptedJob): number => Math.ceil(item_total / (batch_size ?? 1));
