import type { Queryable } from '../database.js';
import { readAggregate, type AggregateRow, type JobRow } from '../reading/index.js';

const none: AggregateRow = { result: null, aliases: null };

/**
 * What the job's results amount to so far, as it is stored: the user's own values are in it. Costs nothing for jobs that have none by their
 * type. The job was read before, so that one that is seen to have ended is seen with all its results.
 */
export async function aggregateOf(
  db: Queryable,
  accountId: string,
  job: Pick<JobRow, 'id' | 'type'>,
): Promise<AggregateRow> {
  if (job.type === 'structured_runner') return none;
  return (await readAggregate(db, accountId, job.id)) ?? none;
}
