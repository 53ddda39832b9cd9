import type { ReduceStages, TaskError } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';
import { insertEvents } from '../outbox.js';
import { endJobs } from './end-jobs.js';
import type { CountedJob, JobFacts } from './job-counters.store.js';
import { eventsOf } from './job-events.js';
import type { Settled } from './settle-jobs.js';

const sql = { lockJobToClose: loadSql('lock-job-to-close'), listJobsToClose: loadSql('list-jobs-to-close') };

/** Open jobs that are the planner's to close and whose tasks have all ended. */
export async function listJobsToClose(db: Queryable): Promise<string[]> {
  return (await db.query<{ id: string }>(sql.listJobsToClose)).map((row) => row.id);
}

export interface JobToClose extends CountedJob {
  /** Tasks that are part of its aggregate; null when it has none. */
  readonly folded: number | null;
  /** Set once it has reduce tasks. */
  readonly reduce: ReduceStages | null;
}

/** The job when it can be closed now: open, every task ended, every result folded. Its row is locked, so it stays so until the commit. */
export async function lockJobToClose(tx: Queryable, jobId: string): Promise<JobToClose | null> {
  return (await tx.query<JobToClose>(sql.lockJobToClose, [jobId]))[0] ?? null;
}

/** Ends a job locked by {@link lockJobToClose}, with the same statement and events as one that ends with its last task. */
export async function closeJob(tx: Queryable, job: CountedJob, facts: JobFacts, failure?: TaskError): Promise<Settled> {
  const finished = await endJobs(tx, [{ job, ...(failure ? { failure } : {}) }]);
  await insertEvents(tx, eventsOf([job], finished, new Map([[job.id, facts]]), []));
  return { jobs: [job], finished, toClose: [] };
}
