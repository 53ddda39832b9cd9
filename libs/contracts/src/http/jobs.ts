import type { ProjectObject } from './projects.js';
import type { Problem } from '../problems.js';
import type { Resources, TaskError } from '../messages/fields.js';
import type { BenchmarkSpec, ReduceSpec, SweepSpec } from './job-types.js';

/** Public bodies of jobs, tasks and results: what the gateway writes and the SDK reads. Times are RFC 3339 UTC. */
export type JobStatus = 'planning' | 'queued' | 'running' | 'completed' | 'partial' | 'failed' | 'cancelled';
export type TaskStatus = 'queued' | 'leased' | 'running' | 'retrying' | 'completed' | 'failed' | 'cancelled';

export const TERMINAL_JOB_STATUSES = [
  'completed',
  'partial',
  'failed',
  'cancelled',
] as const satisfies readonly JobStatus[];

export interface TaskCounts {
  readonly total: number;
  readonly queued: number;
  readonly leased: number;
  readonly running: number;
  readonly retrying: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
}

export interface RetryPolicyBody {
  readonly max_attempts?: number;
  readonly backoff_s?: number;
  readonly max_backoff_s?: number;
  readonly retry_on?: readonly string[];
}

export type JobType = 'structured_runner' | 'sweep' | 'map_reduce' | 'benchmark';

export type DependencyCondition = 'completed' | 'partial' | 'terminal';
export type DependencyBody = string | { readonly job_id: string; readonly condition?: DependencyCondition };

export type FanOutBody =
  | { readonly items_artifact: string; readonly batch_size?: number; readonly batch_per_task?: number }
  | { readonly by: string; readonly batch_size?: number; readonly batch_per_task?: number }
  | {
      readonly items: readonly Record<string, unknown>[];
      readonly batch_size?: number;
      readonly batch_per_task?: number;
    }
  | {
      readonly chunks: number;
      readonly range_field: string;
      readonly total: number;
      readonly batch_size?: number;
      readonly batch_per_task?: number;
    };

/** Body of `POST /jobs`. */
export interface JobSubmission {
  readonly type?: JobType;
  readonly project?: string;
  readonly recipe?: string;
  readonly runner_command?: readonly string[];
  readonly payload?: Record<string, unknown>;
  readonly fan_out?: FanOutBody;
  readonly batch_size?: number;
  readonly batch_per_task?: number;
  readonly sweep?: SweepSpec;
  readonly benchmark?: BenchmarkSpec;
  readonly reduce?: ReduceSpec;
  readonly min_success?: number;
  readonly timeout_s?: number;
  readonly queue_timeout_s?: number;
  readonly requirements?: Resources;
  readonly profile?: string;
  readonly priority?: number;
  readonly max_parallel?: number;
  readonly retry?: RetryPolicyBody;
  readonly max_failures?: number;
  readonly env?: Record<string, string>;
  readonly secrets?: readonly string[];
  readonly depends_on?: readonly DependencyBody[];
  readonly cache?: boolean;
  readonly tags?: readonly string[];
  readonly meta?: unknown;
  readonly variant?: unknown;
  readonly client_ref?: string;
  readonly callback_url?: string;
  readonly name?: string;
}

export interface PendingReason {
  readonly code:
    | 'waiting_for_dependencies'
    | 'no_worker_satisfies'
    | 'waiting_for_capacity'
    | 'max_parallel'
    | 'retry_backoff'
    | 'preparing_runtime';
  readonly detail: string;
}

/** What lists, streams and results repeat of a job. */
export interface JobSummary {
  readonly id: string;
  readonly job_id: string;
  readonly type: string;
  readonly status: JobStatus;
  readonly name: string | null;
  readonly project: string | null;
  readonly revision: string | null;
  readonly tags: readonly string[];
  readonly meta?: unknown;
  readonly variant?: unknown;
  readonly client_ref: string | null;
  readonly priority: number;
  readonly task_counts: TaskCounts;
  readonly progress: { readonly fraction: number; readonly eta_s: number | null };
  readonly error: TaskError | null;
  readonly recommended_action: string | null;
  readonly cancel_requested: boolean;
  /** How often the job was opened: 1, and one more for each retry. `started_at` and `finished_at` are of the latest run. */
  readonly run: number;
  /** Among the completed tasks, those that took the result of an identical earlier one (`cache`). */
  readonly cached_tasks: number;
  readonly result_persisted: boolean;
  readonly output_persisted: boolean;
  readonly created_at: string;
  readonly planned_at: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** The job object: the submission as sent, plus what became of it. */
export interface JobObject extends JobSummary, Omit<Partial<JobSubmission>, keyof JobSummary> {
  readonly pending_reason: PendingReason | null;
  readonly aggregate_result: unknown;
}

/** What became of one entry of a batch: the job it is, or the problem it would have been answered with. */
export type BatchEntry = BatchJob | { readonly index: number; readonly problem: Problem };

export interface BatchJob extends Pick<JobSummary, 'id' | 'job_id' | 'status' | 'meta' | 'variant' | 'client_ref'> {
  /** Of the entry in what was sent. */
  readonly index: number;
  readonly payload: Record<string, unknown> | null;
}

export interface LiveFeedback {
  readonly output_tail: string;
  readonly updated_at: string;
}

export interface FailedAttempt {
  readonly attempt: number;
  readonly reason: string;
  readonly exit_code: number | null;
  readonly signal?: string;
  readonly error: TaskError | null;
  readonly output: string;
  readonly started_at: string | null;
  readonly finished_at: string;
}

export interface TaskObject {
  readonly id: string;
  readonly task_id: string;
  readonly job_id: string;
  readonly index: number;
  readonly status: TaskStatus;
  readonly attempt: number;
  readonly payload: unknown;
  readonly live_feedback: LiveFeedback | null;
  readonly latest_progress: unknown;
  readonly checkpoint: { readonly saved_at: string; readonly size_bytes: number } | null;
  readonly error: TaskError | null;
  /** The end of what the task wrote, at most 10 KB. */
  readonly output: string;
  readonly exit_code: number | null;
  readonly last_failed_attempt: FailedAttempt | null;
  /** The task whose program made the result; null unless it was reused (`cache`) and no program ran for this one. */
  readonly cached_from: string | null;
  readonly artifacts: readonly string[];
  readonly leased_at: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** When the next attempt may start; only while `retrying`. */
  readonly available_at: string | null;
}

export interface TaskResult {
  readonly id: string;
  readonly task_id: string;
  readonly index: number;
  readonly status: TaskStatus;
  readonly attempt: number;
  readonly result: unknown;
  /** Where the whole result can be read when it is too large to be shown here. */
  readonly result_url?: string;
  /** Of a batched task whose result has one for each of its items: `item` is the item's index in the whole list. */
  readonly item_results?: readonly { readonly item: number; readonly result: unknown }[];
  readonly result_quality: number | null;
  readonly result_warnings: readonly string[];
  /** The task whose program made the result; null unless it was reused (`cache`). */
  readonly cached_from: string | null;
  readonly error: TaskError | null;
  readonly exit_code: number | null;
  readonly artifacts: readonly string[];
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly duration_s: number | null;
}

/** Body of `GET /results/:job_id`. */
export interface ResultsPage {
  readonly job_id: string;
  readonly status: JobStatus;
  readonly summary: string;
  readonly completeness: {
    readonly total: number;
    readonly completed: number;
    readonly failed: number;
    readonly cancelled: number;
    readonly fraction: number;
  };
  readonly aggregate_result: unknown;
  /** Parts of `aggregate_result` that have a name of their own, for sweeps `best` and `top`. */
  readonly aggregate_aliases: Readonly<Record<string, unknown>>;
  readonly result_persisted: boolean;
  readonly output_persisted: boolean;
  readonly meta?: unknown;
  readonly variant?: unknown;
  readonly tags: readonly string[];
  readonly client_ref: string | null;
  readonly error: TaskError | null;
  readonly tasks: readonly TaskResult[];
  readonly next_cursor: string | null;
}

/** Data of the SSE events of `GET /jobs/:id/stream`, by event name. */
export interface JobStreamEvents {
  readonly snapshot: { readonly job: JobSummary; readonly tasks: readonly LiveTask[]; readonly gap: boolean };
  readonly job: { readonly job: JobSummary };
  readonly task: { readonly task: LiveTask };
  readonly output: OutputEvent;
  readonly end: { readonly job: JobSummary };
}

/** Data of the SSE events of `GET /projects/:name/stream`: a snapshot is of the project, or of one of its jobs. */
export interface ProjectStreamEvents extends Omit<JobStreamEvents, 'snapshot' | 'end'> {
  readonly snapshot: ProjectSnapshot | JobStreamEvents['snapshot'];
}

export interface ProjectSnapshot {
  readonly project: ProjectObject;
  /** The oldest that are open; `has_more`: there are others. */
  readonly jobs: readonly JobSummary[];
  readonly has_more: boolean;
  readonly gap: boolean;
}

export interface LiveTask {
  readonly id: string;
  readonly task_id: string;
  readonly index: number;
  readonly attempt: number;
  readonly status: TaskStatus;
  readonly exit_code: number | null;
  readonly live_feedback: LiveFeedback | null;
  readonly latest_progress: unknown;
}

/** One stream of one attempt in `GET /jobs/:id/output`. Offsets count the bytes of the stream, live and archived alike. */
export interface OutputObject extends OutputEvent {
  /** Bytes the attempt wrote to the stream, as far as is known. */
  readonly size_bytes: number;
  /** Kept for good: nothing is added any more. */
  readonly archived: boolean;
  /** Bytes of the stream that are not kept; in text/plain a marker stands for those in the middle. */
  readonly cut: OutputCut | null;
}

export interface OutputCut {
  readonly offset: number;
  readonly bytes: number;
}

export interface OutputEvent {
  readonly task_id: string;
  readonly index: number;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  /** Byte offset of the first byte of `text` in the stream. */
  readonly offset: number;
  readonly text: string;
  /** Set when the bytes are not UTF-8 and `text` is their base64. */
  readonly encoding?: 'base64';
}
