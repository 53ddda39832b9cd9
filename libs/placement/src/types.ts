/** Minimums a task asks for, and what a worker offers; structurally the `Resources` of libs/contracts. */
export interface Resources {
  /** Cores, fractions allowed. */
  cpu?: number;
  /** Decimal gigabytes. */
  memory_gb?: number;
  storage_gb?: number;
  /** Count. */
  gpu?: number;
  /** Decimal gigabytes of each GPU: a condition, not used up. */
  gpu_memory_gb?: number;
  /** Each must be offered with exactly this value. */
  labels?: Record<string, string>;
}

/** The waiting tasks of one job that need the same: placement decides on groups, its cost does not grow with `queued`. */
export interface Group {
  readonly jobId: string;
  readonly accountId: string;
  /** Higher goes first. */
  readonly priority: number;
  /** Age order: smaller is older. */
  readonly createdAt: number;
  readonly requirements: Resources;
  /** Tasks that wait. */
  readonly queued: number;
  /** Tasks that may still be added under `max_parallel`; null: no cap. */
  readonly parallelLeft: number | null;
  /** Mean runtime of recent attempts; null: none has ended yet. */
  readonly meanRuntimeMs: number | null;
}

/** One worker that takes work, with everything leased to it, running or not. */
export interface WorkerView {
  readonly workerId: string;
  readonly offers: Resources;
  readonly held: readonly { readonly requirements: Resources; readonly count: number }[];
}

/** Lease `count` tasks of the job to the worker. Each (job, worker) appears once. */
export interface Assignment {
  readonly jobId: string;
  readonly workerId: string;
  readonly count: number;
}

export interface PlaceOptions {
  /** Most tasks that one worker holds beyond what it can run at once. */
  readonly maxBacklog: number;
  /** Tasks that an account may still be given; one that is absent has no bound. */
  readonly accountRoom?: ReadonlyMap<string, number>;
}
