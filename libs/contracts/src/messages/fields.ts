import { Type, type Static } from '@sinclair/typebox';

/** Internal messages carry raw UUIDs; TypeIDs (`job_…`) appear only at the public edges. */
export const Uuid = Type.String({ minLength: 36, maxLength: 36 });
/** Milliseconds since the epoch, UTC. */
export const EpochMs = Type.Number({ minimum: 0 });

/** Minimums a task asks for, and what a worker offers. Absent means "none needed" / "none offered". `cpu` in cores, `gpu` a count, sizes in decimal gigabytes. */
export const Resources = Type.Object({
  cpu: Type.Optional(Type.Number({ minimum: 0 })),
  memory_gb: Type.Optional(Type.Number({ minimum: 0 })),
  storage_gb: Type.Optional(Type.Number({ minimum: 0 })),
  gpu: Type.Optional(Type.Integer({ minimum: 0 })),
  gpu_memory_gb: Type.Optional(Type.Number({ minimum: 0 })),
  labels: Type.Optional(Type.Record(Type.String(), Type.String())),
});
export type Resources = Static<typeof Resources>;

export const TaskError = Type.Object({
  /** Stable literal, e.g. `exit`, `timeout`, `invalid_result`, `result_too_large`, `command_not_found`, `runtime_init_failed`, `worker_lost`. */
  code: Type.String(),
  message: Type.String(),
});
export type TaskError = Static<typeof TaskError>;

/** How an attempt ended badly; the words of `retry.retry_on` plus the two that the user never chooses. */
export const FailureReason = Type.Union([
  Type.Literal('exit'),
  Type.Literal('timeout'),
  Type.Literal('infrastructure'),
  Type.Literal('invalid'),
]);
export type FailureReason = Static<typeof FailureReason>;

/** One output stream of a finished attempt. Small output travels inline; larger lies in the object store under the attempt's output key. */
export const StreamArchive = Type.Object({
  /** Bytes the runner wrote, progress lines excluded. */
  size_bytes: Type.Integer({ minimum: 0 }),
  /** Base64 of all bytes when they are few (see INLINE_OUTPUT_BYTES), else of the last TAIL_OUTPUT_BYTES. */
  tail: Type.String(),
  /** True when the bytes up to `stored_bytes` lie in the object store. */
  stored: Type.Boolean(),
  /** Bytes kept in the object store; less than `size_bytes` when the middle was cut. */
  stored_bytes: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type StreamArchive = Static<typeof StreamArchive>;
