import type {
  BodyOf,
  DependencyCondition,
  jobSubmitted,
  OutgoingEvent,
  ProjectManifest,
  Resources,
} from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';
import { RECIPES_ACCOUNT } from './recipes.store.js';

const sql = {
  readSubmissionTargets: loadSql('read-submission-targets'),
  acceptJob: loadSql('accept-job'),
  acceptJobs: loadSql('accept-jobs'),
  requestCancelIfOpen: loadSql('request-cancel-if-open'),
};

/** The project a submission names. */
export interface SubmissionTarget {
  readonly id: string;
  /** Null for what users do not see as a project. */
  readonly name: string | null;
  readonly active_revision: string | null;
  readonly manifest: ProjectManifest | null;
  /** The account has quotas that a submission may overrun. */
  readonly is_under_quota: boolean;
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
  /** Jobs to wait for, none twice; with some the job is queued without tasks. */
  readonly dependencies: readonly { readonly job_id: string; readonly condition: DependencyCondition }[];
  readonly event: OutgoingEvent;
}

/** By name; a name that the account has no project of is left out. */
export async function readSubmissionTargets(
  db: Queryable,
  accountId: string,
  names: readonly string[],
): Promise<Map<string, SubmissionTarget>> {
  const rows = await db.query<SubmissionTarget>(sql.readSubmissionTargets, [accountId, names]);
  return new Map(rows.map((row) => [row.name ?? '', row]));
}

/**
 * Of a job that was to be accepted: it was created now, its project was deleted meanwhile, or a job of this id exists because an earlier run of the
 * same request got that far.
 */
export type Acceptance =
  | { readonly kind: 'created'; readonly created_at: Date }
  | { readonly kind: 'project_gone' }
  | { readonly kind: 'exists' };

const PROJECT_GONE = '23503';

/** Writes the job, its submission and what announces it, atomically. */
export async function acceptJob(db: Queryable, accountId: string, job: AcceptedJob): Promise<Acceptance> {
  try {
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
      job.dependencies.map(({ job_id }) => job_id),
      job.dependencies.map(({ condition }) => condition),
    ]);
    return row ? { kind: 'created', created_at: row.created_at } : { kind: 'exists' };
  } catch (error) {
    if ((error as { code?: string }).code === PROJECT_GONE) return { kind: 'project_gone' };
    throw error;
  }
}

interface AcceptedRow {
  readonly id: string;
  readonly created_at: Date | null;
  readonly is_project_gone: boolean;
}

/** The same for many at once. Answers in the order of `jobs`. */
export async function acceptJobs(
  db: Queryable,
  accountId: string,
  jobs: readonly AcceptedJob[],
): Promise<Acceptance[]> {
  const rows = await db.query<AcceptedRow>(sql.acceptJobs, [
    accountId,
    jobs.map((job) => job.id),
    jobs.map(factsOf),
    `[${jobs.map((job) => job.submission).join(',')}]`,
    jobs.map((job) => JSON.stringify([job.event])),
    RECIPES_ACCOUNT,
  ]);
  const byId = new Map(rows.map((row) => [row.id, acceptanceOf(row)]));
  return jobs.map(({ id }) => {
    const acceptance = byId.get(id);
    if (!acceptance) throw new Error('accept-jobs left out a job');
    return acceptance;
  });
}

function acceptanceOf({ created_at, is_project_gone }: AcceptedRow): Acceptance {
  if (created_at) return { kind: 'created', created_at };
  return { kind: is_project_gone ? 'project_gone' : 'exists' };
}

/** The narrow columns as one JSON text; names as in accept-jobs.sql. */
function factsOf(job: AcceptedJob): string {
  const { project, type, name, client_ref, tags, priority, max_parallel, max_failures } = job;
  const { requirements, retry, queue_timeout_s, item_total, batch_size, dependencies } = job;
  return JSON.stringify({
    project_id: project.id,
    project_name: project.name,
    revision: project.active_revision,
    ...{ type, name, client_ref, tags, priority, max_parallel, max_failures },
    ...{ requirements, retry, queue_timeout_s, item_total, batch_size, dependencies },
  });
}

/** True when this call asked for the end; false when it was asked before, the job has ended, or it is not this account's. */
export async function requestCancelIfOpen(db: Queryable, accountId: string, jobId: string): Promise<boolean> {
  return (await db.query(sql.requestCancelIfOpen, [accountId, jobId])).length > 0;
}
