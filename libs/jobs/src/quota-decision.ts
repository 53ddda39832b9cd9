/** What bounds an account, or what it has of it. */
export interface AccountUsage {
  /** Jobs that have not ended. */
  readonly open_jobs: number;
  /** Tasks that wait for a worker, those of jobs that are still to be planned among them. */
  readonly queued_tasks: number;
  /** Tasks that a worker holds. */
  readonly running_tasks: number;
  /** Contents of artifacts, and code. */
  readonly storage_bytes: number;
}

/** Null: no bound. */
export type Quotas = { readonly [Name in keyof AccountUsage]: number | null };
export type QuotaName = keyof AccountUsage;

/** Why a job is not admitted. */
export interface Overrun {
  readonly quota: QuotaName;
  readonly limit: number;
  readonly used: number;
  /** What the job would add. */
  readonly wanted: number;
}

/** Of jobs in order, given by how many tasks each has: null for one that is admitted, which then counts for those after it. */
export function admitJobs(quotas: Quotas, usage: AccountUsage, taskCounts: readonly number[]): (Overrun | null)[] {
  let { open_jobs, queued_tasks } = usage;
  return taskCounts.map((tasks) => {
    const overrun =
      // What is stored when a job ends nobody knows before: it has to begin below the bound.
      overrunOf('storage_bytes', quotas, usage.storage_bytes, 1) ??
      overrunOf('open_jobs', quotas, open_jobs, 1) ??
      overrunOf('queued_tasks', quotas, queued_tasks, tasks);
    if (overrun) return overrun;
    open_jobs += 1;
    queued_tasks += tasks;
    return null;
  });
}

function overrunOf(quota: QuotaName, quotas: Quotas, used: number, wanted: number): Overrun | null {
  const limit = quotas[quota];
  return limit !== null && used + wanted > limit ? { quota, limit, used, wanted } : null;
}
