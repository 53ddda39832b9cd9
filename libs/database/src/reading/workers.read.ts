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
export async function readReadyOffers(db: Queryable, ttlSeconds: number): Promise<{ readonly offers: Resources }[]> {
  return db.query(
    "SELECT offers FROM workers WHERE state = 'ready' AND last_seen_at > now() - make_interval(secs => $1)",
    [ttlSeconds],
  );
}

export interface JobsAhead {
  readonly requirements: Resources;
  readonly jobs: number;
}

/** Jobs of any account that could have a task placed before this one: higher priority, or the same and older. By what they need. */
export function readJobsAhead(db: Queryable, jobId: string): Promise<JobsAhead[]> {
  return db.query<JobsAhead>(
    `SELECT o.requirements, count(*)::int AS jobs FROM jobs o, jobs j
     WHERE j.id = $1 AND o.status IN ('queued', 'running') AND o.queued > 0 AND o.cancel_requested_at IS NULL
       AND (o.max_parallel IS NULL OR o.leased + o.running < o.max_parallel)
       AND (o.priority, j.id) > (j.priority, o.id)
     GROUP BY o.requirements`,
    [jobId],
  );
}

/** The quota of running tasks of a job's account, when as many run; null when there is room, or no quota. */
export async function readReachedRunningQuota(db: Queryable, jobId: string): Promise<number | null> {
  const [row] = await db.query<{ quota: number }>(
    `SELECT a.max_running_tasks AS quota FROM jobs j JOIN accounts a ON a.id = j.account_id
     WHERE j.id = $1 AND a.max_running_tasks <=
       (SELECT coalesce(sum(leased + running), 0) FROM jobs WHERE account_id = a.id AND status IN ('planning', 'queued', 'running'))`,
    [jobId],
  );
  return row?.quota ?? null;
}

/** When the first of a job's tasks that are between attempts may be claimed again; of many the first thousand are asked. */
export async function readNextRetry(db: Queryable, jobId: string): Promise<Date | null> {
  const [row] = await db.query<{ at: Date | null }>(
    `SELECT min(available_at) AS at
     FROM (SELECT available_at FROM tasks WHERE job_id = $1 AND state = 'retrying' ORDER BY index LIMIT 1000) t`,
    [jobId],
  );
  return row?.at ?? null;
}
