import { Type, type Static } from '@sinclair/typebox';
import { RuntimeSpec } from '../manifest.js';
import type { BenchmarkSpec, ReduceSpec, SweepSpec } from '../http/job-types.js';
import { Resources } from './fields.js';

/** Exactly one fan-out shape, normalised by the gateway (`batch_size` moved beside it). */
export const FanOut = Type.Union([
  Type.Object({ by: Type.String() }),
  Type.Object({
    items: Type.Array(Type.Record(Type.String(), Type.Unknown())),
    /** These are only some of the job's items: from item `start`, of `total`. */
    part: Type.Optional(Type.Object({ start: Type.Integer({ minimum: 0 }), total: Type.Integer({ minimum: 1 }) })),
  }),
  /** The items lie in parts of the spec, each with the `items` of some tasks. */
  Type.Object({ items_artifact: Type.String(), item_total: Type.Integer({ minimum: 1 }) }),
  Type.Object({ chunks: Type.Integer(), range_field: Type.String(), total: Type.Integer() }),
]);
export type FanOut = Static<typeof FanOut>;

/**
 * What every task's payload is derived from: a pure function of (spec, index) in `libs/jobs`, so that no payload is stored or
 * sent per task. `payload` is the user's, untouched.
 */
export const TaskSpec = Type.Object({
  payload: Type.Record(Type.String(), Type.Unknown()),
  fan_out: Type.Optional(FanOut),
  batch_size: Type.Optional(Type.Integer({ minimum: 1 })),
  // At most one of these; what is in them was checked when the job was accepted. A `reduce` goes with a fan-out, the others replace it.
  sweep: Type.Optional(Type.Unsafe<SweepSpec>(Type.Object({}))),
  benchmark: Type.Optional(Type.Unsafe<BenchmarkSpec>(Type.Object({}))),
  reduce: Type.Optional(Type.Unsafe<ReduceSpec>(Type.Object({}))),
  /** Beside `reduce`: share of the map tasks, 0 to 1, that must complete. */
  min_success: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
});
export type TaskSpec = Static<typeof TaskSpec>;

/** Set while the reduce tasks of a map-reduce run: command, timeout and requirements of the context are theirs then. */
export const ReduceStages = Type.Object({
  /** The job's run in which these stages were planned; part of the keys of what its reduce tasks read. */
  run: Type.Integer({ minimum: 1 }),
  /** What the context says for the map: the job goes back to it when map tasks are run again. */
  map: Type.Object({
    command: Type.Array(Type.String(), { minItems: 1 }),
    timeout_s: Type.Number({ exclusiveMinimum: 0 }),
    requirements: Resources,
  }),
  /** Tasks below this index are the map's. */
  map_total: Type.Integer({ minimum: 1 }),
  /** Map tasks that are not among the inputs of the first stage. */
  failed: Type.Integer({ minimum: 0 }),
  /** See `planReduceTree` in libs/jobs. */
  stages: Type.Array(
    Type.Object({ stage: Type.Integer(), inputs: Type.Integer(), tasks: Type.Integer(), before: Type.Integer() }),
  ),
});
export type ReduceStages = Static<typeof ReduceStages>;

/**
 * Everything a worker needs to run any task of a job. Written once by the planner, carried opaquely by the scheduler, read by the worker.
 * Contains user environment values: never logged.
 */
export const RunContext = Type.Object({
  /** Public ids, as the runner sees them. */
  job_id: Type.String(),
  /** Content hash (sha256 hex) of the project's revision; null for a job without a project. */
  revision: Type.Union([Type.String(), Type.Null()]),
  /** What the manifest wants done before and around the tasks. */
  runtime: Type.Optional(RuntimeSpec),
  command: Type.Array(Type.String(), { minItems: 1 }),
  env: Type.Record(Type.String(), Type.String()),
  /** Names of account secrets that the runner gets as variables; their values come through a `secrets` grant. */
  secrets: Type.Optional(Type.Array(Type.String())),
  /** Seconds of wall clock per attempt. */
  timeout_s: Type.Number({ exclusiveMinimum: 0 }),
  requirements: Resources,
  /** The spec itself when small (SPEC_INLINE_BYTES), else null: fetch it once through a `spec` grant. */
  spec: Type.Union([TaskSpec, Type.Null()]),
  /** The payloads of map tasks come from parts of the spec with this many tasks each, fetched through `spec` grants that name the part. */
  spec_parts: Type.Optional(Type.Object({ tasks: Type.Integer({ minimum: 1 }) })),
  reduce: Type.Optional(ReduceStages),
  traceparent: Type.Optional(Type.String()),
});
export type RunContext = Static<typeof RunContext>;
