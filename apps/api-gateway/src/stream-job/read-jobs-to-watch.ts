import { readJobStatuses, readWatchedJobs, type Database, type JobRow } from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { Refusal } from '../problems/refusal.js';

/** In the order of `ids`. @throws Refusal not found, naming the first job that the account does not have */
export async function readJobsToWatch(
  database: Database,
  accountId: string,
  ids: readonly string[],
): Promise<JobRow[]> {
  const own = await readJobStatuses(database, accountId, ids);
  const rows = await readWatchedJobs(database, [...own.keys()]);
  const byId = new Map(rows.map((job) => [job.id, job]));
  return ids.map((id) => {
    const job = byId.get(id);
    if (!job) throw Refusal.notFound(`Job ${encodeId('job', id)}`);
    return job;
  });
}
