import type { BodyOf, jobSubmitted, OutgoingEvent, Resources } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  readSubmissionTarget: loadSql('read-submission-target'),
  acceptJob: loadSql('accept-job'),
  requestCancelIfOpen: loadSql('request-cancel-if-open'),
};

/** The project a submission names. */
export interface SubmissionTarget {
  readonly id: string;
  readonly name: string;
  readonly active_revision: string | null;
  readonly manifest: Record<string, unknown> | null;
}

export interface AcceptedJob {
  readonly id: string;
  readonly project: SubmissionTarget;
  readonly type: string;
  readonly name: string | null;
  readonly client_ref: string | null;
  readonly tags: readonly string[];
  readonly priority: number;
  readonly max_parallel: number | null;
  readonly max_failures: number | null;
  readonly requirements: Resources;
  readonly retry: object;
  readonly queue_timeout_s: number | null;
  /** JSON texts, as sent. */
  readonly submission: string;
  readonly meta: string | null;
  readonly variant: string | null;
  readonly item_total: number;
  readonly batch_size: number | null;
  readonly event: OutgoingEvent;
}

export async function readSubmissionTarget(
  db: Queryable,
  accountId: string,
  name: string,
): Promise<SubmissionTarget | null> {
  return (await db.query<SubmissionTarget>(sql.readSubmissionTarget, [accountId, name]))[0] ?? null;
}

/** Writes the job, its submission and what announces it, atomically. Answers when it was created. A project deleted meanwhile: SQLSTATE 23503. */
export async function acceptJob(db: Queryable, accountId: string, job: AcceptedJob): Promise<Date> {
  const [row] = await db.query<{ created_at: Date }>(sql.acceptJob, [
    accountId,
    job.id,
    job.project.id,
    job.project.name,
    job.project.active_revision,
    job.type,
    job.name,
    job.client_ref,
    job.tags,
    job.priority,
    job.max_parallel,
    job.max_failures,
    JSON.stringify(job.requirements),
    JSON.stringify(job.retry),
    job.queue_timeout_s,
    job.submission,
    job.meta,
    job.variant,
    job.item_total,
    JSON.stringify({ job_id: job.id } satisfies BodyOf<typeof jobSubmitted>),
    JSON.stringify([job.event]),
    job.batch_size,
  ]);
  if (!row) throw new Error('accept-job returned no row');
  return row.created_at;
}

/** True when this call asked for the end; false when it was asked before, the job has ended, or it is not this account's. */
export async function requestCancelIfOpen(db: Queryable, accountId: string, jobId: string): Promise<boolean> {
  return (await db.query(sql.requestCancelIfOpen, [accountId, jobId])).length > 0;
}
