import { Database, type Queryable } from '@computalot/database';
import type { Platform } from './platform.js';

/** Each finds rows that must not exist at any time. */
const standing: Readonly<Record<string, string>> = {
  'a job without its submission': `SELECT id FROM jobs j WHERE NOT EXISTS (SELECT FROM job_submissions s WHERE s.job_id = j.id)`,
  'a job with other counts than its tasks': `
    SELECT j.id, j.planned, j.queued, j.leased, j.running, j.retrying, j.completed, j.failed, j.cancelled, j.reopening FROM jobs j
    LEFT JOIN LATERAL (
      SELECT count(*) AS planned, count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'leased') AS leased,
             count(*) FILTER (WHERE state = 'running') AS running, count(*) FILTER (WHERE state = 'retrying') AS retrying,
             count(*) FILTER (WHERE state = 'completed') AS completed, count(*) FILTER (WHERE state = 'failed') AS failed,
             count(*) FILTER (WHERE state = 'cancelled') AS cancelled
      FROM tasks WHERE job_id = j.id) t ON true
    WHERE (j.planned, j.queued, j.leased, j.running, j.retrying, j.completed, j.failed + j.cancelled + j.reopening)
      IS DISTINCT FROM (t.planned, t.queued, t.leased, t.running, t.retrying, t.completed, t.failed + t.cancelled)
      OR j.reopening = 0 AND (j.failed, j.cancelled) IS DISTINCT FROM (t.failed, t.cancelled)`,
};

/** Each finds rows that must not exist; read when every job has ended. */
const checks: Readonly<Record<string, string>> = {
  'a job that has not ended': `SELECT id, status FROM jobs WHERE finished_at IS NULL`,
  'a task that has not ended': `SELECT job_id, index, state FROM tasks WHERE state NOT IN ('completed', 'failed', 'cancelled')`,
  'an ended job with other counts than its tasks': `
    SELECT j.id, j.task_total, j.completed, j.failed, j.cancelled FROM jobs j
    LEFT JOIN LATERAL (
      SELECT count(*) AS total, count(*) FILTER (WHERE state = 'completed') AS completed, count(*) FILTER (WHERE state = 'failed') AS failed,
             count(*) FILTER (WHERE state = 'cancelled') AS cancelled
      FROM tasks WHERE job_id = j.id) t ON true
    WHERE (j.task_total, j.completed, j.failed, j.cancelled) IS DISTINCT FROM (t.total, t.completed, t.failed, t.cancelled)`,
  'an attempt after the current one': `
    SELECT a.job_id, a.index, a.attempt FROM attempts a JOIN tasks t USING (job_id, index)
    WHERE a.attempt > t.attempt OR a.attempt = t.attempt AND t.state = 'completed'`,
  'a task of a job whose dependencies do not hold': `
    SELECT id, unmet, task_total FROM jobs WHERE unmet > 0 AND (task_total > 0 OR run_context IS NOT NULL)`,
  'a job with another count of unmet dependencies than it has': `
    SELECT id, unmet FROM jobs
    WHERE unmet <> (SELECT count(*) FROM job_dependencies d WHERE d.job_id = jobs.id AND d.state <> 'met')`,
  'output whose bytes are not all there': `
    SELECT job_id, index, attempt, stream FROM task_outputs WHERE NOT stored AND size_bytes <> length(tail)`,
};

/** What the database of a distributed platform holds against the invariants, in words; empty when all is well. */
export async function brokenInvariants({ backends }: Platform): Promise<string[]> {
  if (!backends) throw new Error('only the distributed shape has a database to look into');
  const database = new Database({ url: backends.databaseUrl, maxConnections: 1, applicationName: 'invariants' });
  try {
    return await found(database, { ...standing, ...checks });
  } finally {
    await database.close();
  }
}

/** What a database holds against what must be true of jobs at any time, between any two statements. */
export function jobFaults(database: Queryable): Promise<string[]> {
  return found(database, standing);
}

async function found(database: Queryable, wanted: Readonly<Record<string, string>>): Promise<string[]> {
  const broken: string[] = [];
  for (const [what, sql] of Object.entries(wanted)) {
    const [example] = await database.query(`${sql} LIMIT 1`);
    if (example) broken.push(`${what}: ${JSON.stringify(example)}`);
  }
  return broken;
}

/** Number of changes whose messages the relays still owe. */
export async function owedMessages({ backends }: Platform): Promise<number> {
  const database = new Database({ url: backends?.databaseUrl ?? '', maxConnections: 1 });
  try {
    return (await database.query<{ n: number }>('SELECT count(*) AS n FROM outbox'))[0]?.n ?? 0;
  } finally {
    await database.close();
  }
}

/** Fault injection: ends every connection to the platform's database, whatever it is in the middle of. */
export async function cutDatabase({ backends }: Platform): Promise<void> {
  const database = new Database({ url: backends?.databaseUrl ?? '', maxConnections: 1 });
  try {
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
  } finally {
    await database.close();
  }
}
