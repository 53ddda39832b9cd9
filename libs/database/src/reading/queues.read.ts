import type { QueueDepthObject, QueuedWorkObject } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = { readQueues: loadSql('read-queues'), readQueuedWork: loadSql('read-queued-work') };

export function readQueues(db: Queryable): Promise<QueueDepthObject[]> {
  return db.query<QueueDepthObject>(sql.readQueues);
}

/** Of all accounts. */
export function readQueuedWork(db: Queryable, limit: number): Promise<QueuedWorkObject[]> {
  return db.query<QueuedWorkObject>(sql.readQueuedWork, [limit]);
}
