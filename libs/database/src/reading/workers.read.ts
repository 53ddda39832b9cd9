import type { Resources } from '@computalot/contracts';
import type { Queryable } from '../database.js';

/** A worker as operators see it; workers belong to the installation, not to an account. */
export interface WorkerRow {
  readonly id: string;
  readonly name: string;
  readonly state: 'ready' | 'draining' | 'lost' | 'left';
  readonly offers: Resources;
  readonly tasks_held: number;
  readonly joined_at: Date;
  readonly last_seen_at: Date;
}

export function listWorkers(db: Queryable, after: string | null, limit: number): Promise<WorkerRow[]> {
  return db.query<WorkerRow>(
    `SELECT w.id, w.name, w.state, w.offers, w.joined_at, w.last_seen_at,
            (SELECT count(*)::int FROM tasks t WHERE t.worker_id = w.id) AS tasks_held
     FROM workers w WHERE $1::uuid IS NULL OR w.id > $1 ORDER BY w.id LIMIT $2`,
    [after, limit],
  );
}

/** What the workers that take work offer, for the question why a job waits. */
export async function readReadyOffers(db: Queryable): Promise<{ readonly offers: Resources }[]> {
  return db.query("SELECT offers FROM workers WHERE state = 'ready'");
}

/** How many jobs of any account with queued work stand before this one: higher priority, or the same and older. */
export async function countJobsAhead(db: Queryable, jobId: string): Promise<number> {
  const [row] = await db.query<{ ahead: number }>(
    `SELECT count(*)::int AS ahead FROM jobs o, jobs j
     WHERE j.id = $1 AND o.status IN ('queued', 'running') AND o.queued > 0 AND o.cancel_requested_at IS NULL
       AND (o.priority, j.id) > (j.priority, o.id)`,
    [jobId],
  );
  return row?.ahead ?? 0;
}
