import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = { readAggregate: loadSql('read-aggregate') };

/** What the results of a job amount to so far, as JSON texts; null until something has been folded. */
export interface AggregateRow {
  readonly result: string | null;
  readonly aliases: string | null;
}

/** Null for a job that has no aggregate. Read it after the job: one that has ended has a whole aggregate. */
export async function readAggregate(db: Queryable, accountId: string, jobId: string): Promise<AggregateRow | null> {
  return (await db.query<AggregateRow>(sql.readAggregate, [accountId, jobId]))[0] ?? null;
}
