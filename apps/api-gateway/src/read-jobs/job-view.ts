import type { PendingReason } from '@computalot/contracts';
import { summaryOf, type AcceptedJob, type JobRow } from '@computalot/database';
import { objectText } from '../parse-json/json-text.js';
import { firstReason } from './explain-dependencies.js';

/** JobSummary of the contract as JSON text. */
export function summaryText(job: JobRow, now?: number): string {
  return objectText(summaryMembers(job, now));
}

function summaryMembers(job: JobRow, now?: number): Map<string, string> {
  const members = new Map(Object.entries(summaryOf(job, now)).map(([key, value]) => [key, JSON.stringify(value)]));
  members.set('meta', job.meta ?? 'null');
  members.set('variant', job.variant ?? 'null');
  return members;
}

/** What the job object says beyond the job's row. */
export interface JobDetail {
  readonly pending: PendingReason | null;
  /** JSON text. */
  readonly aggregate: string | null;
}

/** The job object as JSON text: what became of the job, and every member of the submission as it was sent. */
export function jobText(job: JobRow, submission: ReadonlyMap<string, string>, detail: JobDetail): string {
  const members = summaryMembers(job);
  members.set('pending_reason', JSON.stringify(detail.pending));
  members.set('aggregate_result', detail.aggregate ?? 'null');
  for (const [key, text] of submission) if (!members.has(key)) members.set(key, text);
  return objectText(members);
}

/** The job object of a job that was accepted this moment. */
export function acceptedJobText(job: AcceptedJob, submission: ReadonlyMap<string, string>, createdAt: Date): string {
  const row: JobRow = {
    ...job,
    status: job.dependencies.length > 0 ? 'queued' : 'planning',
    project_name: job.project.name,
    revision: job.project.active_revision,
    created_at: createdAt,
    ...NOTHING_YET,
  };
  return jobText(row, submission, { pending: firstReason(job.dependencies), aggregate: null });
}

const NOTHING_YET = {
  task_total: 0,
  planned: 0,
  queued: 0,
  leased: 0,
  running: 0,
  retrying: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  mean_runtime_ms: null,
  run: 1,
  reopened: 0,
  tasks_ahead: 0,
  cached: 0,
  error: null,
  cancel_requested_at: null,
  planned_at: null,
  started_at: null,
  finished_at: null,
} as const;
