import type { RunContext, TaskError, TaskSpec } from '@computalot/contracts';
import type { DomainError } from '@computalot/kernel';
import type { AttemptOutput } from '../stream-output/attempt-output.js';
import type { Execution } from './executor.js';

/**
 * `waiting` in the backlog → `running` (a process is or may be alive) → `finishing` (files are being moved) → `ended` (only its report is owed).
 */
export type AttemptState = 'waiting' | 'running' | 'finishing' | 'ended';

/** Why the worker itself ended an attempt; decides what is reported. */
export type StopCause = 'cancelled' | 'returned';

/** A job of which this worker holds attempts, or the part of one whose payloads come from the same part of its spec. */
export interface HeldJob {
  readonly id: string;
  /** Unique among the held ones; the same job is held twice while its context changes, and once for each part of its spec. */
  readonly key: string;
  readonly context: RunContext;
  /** Of the spec; null when that is whole. */
  readonly part: number | null;
  /** What every task of the job gets beside its own numbers. */
  readonly baseEnv: Readonly<Record<string, string>>;
  /** Set when the revision is unpacked and the spec is here; tasks start only then. */
  prepared: PreparedJob | undefined;
  /** Equal for jobs with equal requirements. */
  readonly requirementsKey: string;
  readonly waiting: Attempt[];
  /** Of everything that it was prepared with, in order. */
  readonly releases: (() => void)[];
  /** Attempts of the job that are held in any state. */
  held: number;
}

/** A file on this worker that tasks find among their inputs under that name. */
export interface PlacedInput {
  readonly name: string;
  readonly file: string;
}

export interface PreparedJob {
  readonly revisionDir: string | null;
  readonly spec: TaskSpec;
  /** Beside the tasks; when they are `broken`, the tasks are at an end too. */
  readonly services?: {
    readonly variables: Readonly<Record<string, string>>;
    readonly broken: Promise<DomainError>;
  };
  /** Gives back what the job was given; called when none of its attempts is held any more. */
  readonly release?: () => void;
  /** Absent when there are none. */
  readonly inputs?: readonly PlacedInput[];
  /** Variables by name, for jobs that name secrets. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Their values, to be kept out of the output. */
  readonly masked?: readonly Buffer[];
}

export interface CheckpointSaving {
  /** Epoch milliseconds of the last look at the folder. */
  lookedAt: number;
  /** What the folder looked like when it was saved last. */
  savedState: string | undefined;
  underway: Promise<void> | undefined;
}

/** One leased attempt, from its assignment until its report is confirmed. */
export class Attempt {
  state: AttemptState = 'waiting';
  stopCause: StopCause | undefined;
  execution: Execution | undefined;
  output: AttemptOutput | undefined;
  /** An earlier attempt saved something: it is put into the checkpoint folder first. */
  hasCheckpoint = false;
  /** Files are being put into its folders; its program has not started. */
  isFilling = false;
  /** Values that its output must not show. */
  masked: readonly Buffer[] | undefined;
  /** Why it was ended, when a service beside it broke. */
  serviceFault: TaskError | undefined;
  /** Owned by `SaveCheckpoints`. */
  saving: CheckpointSaving | undefined;
  /** Epoch milliseconds; set when it starts to run. */
  startedAt = 0;

  constructor(
    readonly job: HeldJob,
    readonly index: number,
    readonly attempt: number,
    /** Order of arrival over all jobs. */
    readonly sequence: number,
    readonly acceptedAt: number,
  ) {}
}
