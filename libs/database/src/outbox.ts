import type { DurableMessage, OutgoingEvent } from '@computalot/contracts';
import type pg from 'pg';
import type { Database, Queryable } from './database.js';

/** One row of the outbox, in the order of the changes it announces. */
export type OutboxRow =
  | { readonly id: number; readonly kind: 'message'; readonly type: string; readonly body: unknown }
  | { readonly id: number; readonly kind: 'events'; readonly type: string; readonly body: OutgoingEvent[] };

/** Held by the relay that publishes at the moment; all relays of one database share it. */
const RELAY_LOCK = 72707371;
const LOCK_WAIT_MS = 5_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** Writes a durable message in the transaction of the change it announces. */
export async function insertMessage<T>(tx: Queryable, message: DurableMessage<T>, body: T): Promise<void> {
  await tx.query(`INSERT INTO outbox (kind, type, body) VALUES ('message', $1, $2)`, [
    message.type,
    JSON.stringify(body),
  ]);
}

/** Several of one type in one statement. Nothing happens for an empty list. */
export async function insertMessages<T>(
  tx: Queryable,
  message: DurableMessage<T>,
  bodies: readonly T[],
): Promise<void> {
  if (bodies.length === 0) return;
  await tx.query(`INSERT INTO outbox (kind, type, body) SELECT 'message', $1, unnest($2::json[])`, [
    message.type,
    bodies.map((body) => JSON.stringify(body)),
  ]);
}

/** Writes public events as one row, so that they leave together and in order. Nothing happens for an empty list. */
export async function insertEvents(tx: Queryable, events: readonly OutgoingEvent[]): Promise<void> {
  const [first] = events;
  if (!first) return;
  await tx.query(`INSERT INTO outbox (kind, type, body) VALUES ('events', $1, $2)`, [
    first.type,
    JSON.stringify(events),
  ]);
}

/** The port that the relay of `libs/messaging` reads from. */
export interface OutboxSource {
  takeBatch(limit: number, publish: (rows: readonly OutboxRow[]) => Promise<void>): Promise<number>;
}

export function outboxSource(database: Database): OutboxSource {
  return { takeBatch: (limit, publish) => takeOutboxBatch(database, limit, publish) };
}

/**
 * Hands the oldest rows, at most `limit`, to `publish` and deletes them once it resolves. Returns how many; 0 also when another relay
 * kept the lock for LOCK_WAIT_MS. When `publish` rejects, the rows stay and the error is passed on.
 *
 * At least once: a crash between publishing and deleting repeats the batch. In order per job: one relay at a time, by a session advisory
 * lock, and ids that follow the commits of one job, because every writer locks the job's row before it writes here. No transaction is
 * open while `publish` waits for the broker. The lock belongs to a connection, so the relay needs a direct one or a pooler in session mode.
 */
export async function takeOutboxBatch(
  database: Database,
  limit: number,
  publish: (rows: readonly OutboxRow[]) => Promise<void>,
): Promise<number> {
  const client = await database.pool.connect();
  // A connection given back with an error is closed, and the lock with it.
  let failure: Error | undefined;
  try {
    const rows = await lockAndRead(client, limit);
    if (!rows) return 0;
    if (rows.length > 0) await publish(rows);
    await deleteAndUnlock(client, rows);
    return rows.length;
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    client.release(failure);
  }
}

/** One round trip. Waits for a relay that is publishing: it may have read before the row this one was woken for. */
async function lockAndRead(client: pg.PoolClient, limit: number): Promise<OutboxRow[] | undefined> {
  try {
    const results = (await client.query(
      `SET lock_timeout = ${LOCK_WAIT_MS};
       SELECT pg_advisory_lock(${RELAY_LOCK});
       SELECT id, kind, type, body FROM outbox ORDER BY id LIMIT ${Math.trunc(limit)};
       RESET lock_timeout`,
    )) as unknown as pg.QueryResult<OutboxRow>[];
    return results[2]?.rows ?? [];
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return undefined;
    throw error;
  }
}

/** One round trip. The deletion need not be durable at once: losing it repeats the batch. */
async function deleteAndUnlock(client: pg.PoolClient, rows: readonly OutboxRow[]): Promise<void> {
  const unlock = `SELECT pg_advisory_unlock(${RELAY_LOCK})`;
  if (rows.length === 0) return void (await client.query(unlock));
  const ids = rows.map((row) => row.id).join(',');
  await client.query(
    `BEGIN; SET LOCAL synchronous_commit = off; DELETE FROM outbox WHERE id = ANY ('{${ids}}'::bigint[]); COMMIT; ${unlock}`,
  );
}
