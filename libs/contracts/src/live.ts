/**
 * What the live feed carries, one feed per job. Best effort: a reader that misses entries takes a snapshot from Postgres.
 * Internal ids; the gateway turns entries into the public SSE events.
 */
export type LiveEntry = LiveOutput | LiveProgress | LiveTasks | LiveJob;

/** New bytes of one stream of an attempt. `offset` is the stream's byte offset of the first byte of `data`. */
export interface LiveOutput {
  readonly kind: 'output';
  readonly index: number;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  readonly offset: number;
  /** Base64 of the raw bytes. */
  readonly data: string;
}

export interface LiveProgress {
  readonly kind: 'progress';
  readonly index: number;
  readonly attempt: number;
  readonly progress: unknown;
}

/** Tasks that changed in one batch: [index, attempt, status, exit_code]. */
export interface LiveTasks {
  readonly kind: 'tasks';
  readonly tasks: readonly (readonly [number, number, string, number | null])[];
}

/** The job's status or counts changed; the reader's view of the job is stale. `terminal` closes the stream. */
export interface LiveJob {
  readonly kind: 'job';
  readonly status: string;
  readonly task_counts: Readonly<Record<string, number>>;
  readonly terminal: boolean;
}
