import { Type, type Static } from '@sinclair/typebox';
import { bestEffort, durable, type BodyOf } from './define-message.js';
import { EpochMs, FailureReason, Resources, StreamArchive, TaskError, Uuid } from './fields.js';
import { RunContext } from './run-context.js';

// ---- gateway -> planner, gateway -> scheduler

/** A job row exists in state `planning`. */
export const jobSubmitted = durable('job.submitted', Type.Object({ job_id: Uuid }));

/**
 * The same, said at once and without waiting for the outbox: planning begins a relay's round trip earlier. Whoever loses it loses nothing, the
 * durable message follows.
 */
export const planningWanted = bestEffort('planning.wanted', Type.Object({ job_ids: Type.Array(Uuid) }));

/** `cancel_requested_at` of the job row is set. */
export const jobCancelRequested = durable('job.cancel_requested', Type.Object({ job_id: Uuid }));

/** An ended job was opened again: its failed tasks (`reopen_from` of the job row) are to be queued. */
export const jobReopened = durable('job.reopened', Type.Object({ job_id: Uuid }));

// ---- scheduler -> planner

/** Every task of the job has ended, and the planner has the last word on it: it aggregates what is left, adds reduce tasks, or ends the job. */
export const jobTasksEnded = durable('job.tasks_ended', Type.Object({ job_id: Uuid }));

/** The same, said at once and without waiting for the outbox. Whoever loses it loses nothing, the durable message follows. */
export const closingWanted = bestEffort('closing.wanted', Type.Object({ job_id: Uuid }));

// ---- gateway -> artifact

/** The job's row is gone; what is left of it (`deleted_jobs`) is to be cleared away. */
export const jobDeleted = durable('job.deleted', Type.Object({ job_id: Uuid }));

// ---- anybody -> scheduler

/** Queued work or free capacity may exist: run a placement round. Carries nothing, the round reads Postgres. */
export const workAvailable = bestEffort('work.available', Type.Object({}));

// ---- worker -> scheduler

/** Liveness and offer of a worker, every HEARTBEAT_INTERVAL_MS; the first one registers it. */
export const workerHeartbeat = bestEffort(
  'worker.heartbeat',
  Type.Object({
    worker_id: Uuid,
    /** New at every start of the worker process; tasks leased to an older incarnation are lost. */
    incarnation: Uuid,
    name: Type.String(),
    offers: Resources,
    /** True after SIGTERM or drain: takes nothing new. */
    draining: Type.Boolean(),
    sent_at: EpochMs,
  }),
);
export type WorkerHeartbeat = BodyOf<typeof workerHeartbeat>;

export const TaskReport = Type.Object({
  job_id: Uuid,
  index: Type.Integer({ minimum: 0 }),
  attempt: Type.Integer({ minimum: 1 }),
  /**
   * `returned`: the lease is handed back unstarted or interrupted by a drain; never charged. With an `error` it says why the attempt could not be
   * begun, and the task waits a while before the next. `checkpointed`: changes no state, says that
   * `checkpoint` lies in the object store under the attempt's checkpoint key.
   */
  kind: Type.Union([
    Type.Literal('started'),
    Type.Literal('completed'),
    Type.Literal('failed'),
    Type.Literal('cancelled'),
    Type.Literal('returned'),
    Type.Literal('checkpointed'),
  ]),
  started_at: Type.Optional(EpochMs),
  finished_at: Type.Optional(EpochMs),
  exit_code: Type.Optional(Type.Integer()),
  signal: Type.Optional(Type.String()),
  reason: Type.Optional(FailureReason),
  error: Type.Optional(TaskError),
  /** The result as JSON text, when at most INLINE_RESULT_BYTES. */
  result: Type.Optional(Type.String()),
  /** Set instead of `result` when the result lies in the object store under the attempt's result key. */
  result_stored_bytes: Type.Optional(Type.Integer({ minimum: 0 })),
  quality: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  warnings: Type.Optional(Type.Array(Type.String())),
  /** Last COMPUTALOT_PROGRESS object as JSON text. */
  progress: Type.Optional(Type.String()),
  checkpoint: Type.Optional(Type.Object({ saved_at: EpochMs, size_bytes: Type.Integer({ minimum: 0 }) })),
  /** Absent streams wrote nothing. */
  stdout: Type.Optional(StreamArchive),
  stderr: Type.Optional(StreamArchive),
});
export type TaskReport = Static<typeof TaskReport>;

/** Micro-batch of what happened to attempts, in the order it happened. */
export const taskReports = durable(
  'task.reports',
  Type.Object({ worker_id: Uuid, incarnation: Uuid, reports: Type.Array(TaskReport, { minItems: 1 }) }),
);

/**
 * Every attempt the worker holds (running, backlog, and ended ones whose report is not confirmed). Travels in the queue of the reports,
 * so that whatever it omits has been reported before. A lease in Postgres that it omits is lost and is given out again; a held attempt that
 * Postgres no longer knows as current is answered with `worker.cancel`.
 */
export const workerSnapshot = durable(
  'worker.snapshot',
  Type.Object({
    worker_id: Uuid,
    incarnation: Uuid,
    sent_at: EpochMs,
    held: Type.Array(Type.Tuple([Uuid, Type.Integer(), Type.Integer()])),
  }),
);

// ---- scheduler -> one worker (addressed)

export const workerAssign = bestEffort(
  'worker.assign',
  Type.Object({
    /** For the placed incarnation only; another one drops the message. */
    incarnation: Uuid,
    jobs: Type.Array(Type.Object({ job_id: Uuid, context: RunContext })),
    /** [position in `jobs`, task index, attempt] */
    tasks: Type.Array(Type.Tuple([Type.Integer(), Type.Integer(), Type.Integer()])),
  }),
);

/** Stop attempts: a whole job's, or single ones. SIGTERM, after `grace_s` SIGKILL to the process tree; then reported `cancelled`. */
export const workerCancel = bestEffort(
  'worker.cancel',
  Type.Object({
    jobs: Type.Array(Uuid),
    attempts: Type.Array(Type.Tuple([Uuid, Type.Integer(), Type.Integer()])),
    grace_s: Type.Number({ minimum: 0 }),
  }),
);

// ---- worker <-> artifact: grants

/** What the artifact service may sign for a worker. Keys are chosen by the artifact service from the lease, never by the worker. */
export const GrantTarget = Type.Union([
  Type.Object({ kind: Type.Literal('revision'), job_id: Uuid }),
  /** The job's spec, or that part of it. */
  Type.Object({ kind: Type.Literal('spec'), job_id: Uuid, part: Type.Optional(Type.Integer({ minimum: 0 })) }),
  /** The values of the secrets that the job names. */
  Type.Object({ kind: Type.Literal('secrets'), job_id: Uuid }),
  /** An artifact that the job reads. */
  Type.Object({ kind: Type.Literal('input'), job_id: Uuid, artifact_id: Uuid }),
  Type.Object({ kind: Type.Literal('result'), job_id: Uuid, index: Type.Integer(), attempt: Type.Integer() }),
  Type.Object({
    kind: Type.Literal('output'),
    job_id: Uuid,
    index: Type.Integer(),
    attempt: Type.Integer(),
    stream: Type.Union([Type.Literal('stdout'), Type.Literal('stderr')]),
  }),
  Type.Object({ kind: Type.Literal('checkpoint'), job_id: Uuid, index: Type.Integer(), attempt: Type.Integer() }),
  /** The task's latest recorded checkpoint, whichever attempt saved it; `url` null when there is none. */
  Type.Object({
    kind: Type.Literal('checkpoint_restore'),
    job_id: Uuid,
    index: Type.Integer(),
    attempt: Type.Integer(),
  }),
  /** What a reduce task reads: JSON Lines of the results before it. */
  Type.Object({ kind: Type.Literal('map_results'), job_id: Uuid, index: Type.Integer(), attempt: Type.Integer() }),
  Type.Object({
    kind: Type.Literal('artifact'),
    job_id: Uuid,
    index: Type.Integer(),
    attempt: Type.Integer(),
    name: Type.String({ minLength: 1, maxLength: 255 }),
    size_bytes: Type.Integer({ minimum: 0 }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  }),
  /** Says that the bytes of an `artifact` grant are uploaded: the service verifies them and publishes the artifact. */
  Type.Object({ kind: Type.Literal('artifact_uploaded'), artifact_id: Uuid }),
]);
export type GrantTarget = Static<typeof GrantTarget>;

export const grantRequested = bestEffort(
  'grant.requested',
  Type.Object({ request_id: Uuid, worker_id: Uuid, target: GrantTarget }),
);

// ---- gateway <-> artifact: uploads of users

/**
 * `sign`: URLs for the upload of an artifact, one for each of the `parts`, or one for all of it when there are none. `verify`: look now whether what
 * arrived is what was announced; who loses it loses nothing but time, the row of the upload says that it is to be done.
 */
export const uploadRequested = bestEffort(
  'upload.requested',
  Type.Object({
    request_id: Uuid,
    /** Whom to answer. */
    gateway_id: Uuid,
    action: Type.Union([Type.Literal('sign'), Type.Literal('verify')]),
    artifact_id: Uuid,
    parts: Type.Array(Type.Integer({ minimum: 1 })),
  }),
);

/** The URLs in the order of `parts`, or null where nothing can be signed; none once it is verified. */
export const uploadAnswered = bestEffort(
  'upload.answered',
  Type.Object({ request_id: Uuid, urls: Type.Union([Type.Array(Type.String()), Type.Null()]) }),
);

export const grantAnswered = bestEffort(
  'grant.answered',
  Type.Object({
    request_id: Uuid,
    /** Present on success. `url` is null when the bytes are already stored (deduplicated) or none are to be moved. */
    grant: Type.Optional(
      Type.Object({
        url: Type.Union([Type.String(), Type.Null()]),
        method: Type.Union([Type.Literal('GET'), Type.Literal('PUT')]),
        headers: Type.Record(Type.String(), Type.String()),
        artifact_id: Type.Optional(Uuid),
        /** Secrets by name; never logged. */
        secrets: Type.Optional(Type.Record(Type.String(), Type.String())),
      }),
    ),
    error: Type.Optional(TaskError),
  }),
);
