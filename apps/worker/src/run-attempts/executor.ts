import type { LossCause } from '../drive-launchers/launcher-process.js';
import type { ExitFrame, RunCommand } from '../drive-launchers/launcher-protocol.js';

/** Folders of a fresh slot, the worker's alone until the program starts. */
export interface SlotFolders {
  readonly inputs: string;
  readonly checkpoint: string;
}

/** Puts files into the folders. Rejects with an error that says what could not be had; `signal` ends it early. */
export type FillSlot = (folders: SlotFolders, signal: AbortSignal) => Promise<void>;

export interface ExecutionSink {
  /** The folders are filled and the program starts now; only after a start with `fill`. */
  onFilled?(): void;
  /** Bytes of stdout (0) or stderr (1) in order, before the end. */
  onOutput(stream: 0 | 1, data: Buffer): void;
  /** No process of the attempt is alive any more. Called once, unless `onLost` is. `result` is the file's content when its form is `inline`. */
  onEnd(exit: ExitFrame, result: Buffer): void;
  /** The place where it ran broke down; no process of the attempt is alive. */
  onLost(why: string, cause: LossCause): void;
}

/** One attempt that was started. */
export interface Execution {
  /** SIGTERM, after the grace SIGKILL, to everything the attempt started. `onEnd` follows with cause `cancel`. */
  cancel(grace_s: number): void;
  /** Path of the result file and of an artifact, valid after an `onEnd` with `held` until `finish`. */
  resultPath(): string;
  artifactPath(name: string): string;
  /** Folder of the checkpoint: the program's while it runs, the worker's after an `onEnd` with `held` until `finish`. */
  checkpointPath(): string;
  /** Backpressure: while paused, the attempt blocks on its output. */
  pause(): void;
  resume(): void;
  /** Gives the place back after `onEnd` or `onLost`; files of a held one are gone then. */
  finish(): void;
  /** Ends it by force when it does not answer; `onLost` follows. */
  kill(): void;
}

/** A place beside those of attempts, for what prepares or serves them. */
export interface AsidePlace {
  /** One command at a time. Resolves when no process of it is alive; rejects when the place broke down. */
  run(command: RunCommand, onOutput: (data: Buffer) => void): Promise<ExitFrame>;
  /** SIGTERM to what runs, after the grace SIGKILL. */
  cancel(grace_s: number): void;
  /** Ends what runs at once and the place with it. */
  close(): Promise<void>;
}

/** Injection token of the {@link Executor}. */
export const EXECUTOR = Symbol('EXECUTOR');

/** Where attempts run. */
export interface Executor {
  /** Needed once, before the first `start`. @throws Error when nothing can be run here */
  open(onRoom: () => void): Promise<void>;
  /**
   * Null when there is no place now; `onRoom` is called when there may be one. `fill` comes before the program starts; when it rejects, the
   * attempt ends as one that the infrastructure failed.
   */
  start(revisionDir: string | null, command: RunCommand, sink: ExecutionSink, fill?: FillSlot): Execution | null;
  /** Null when this executor starts no programs. With `keptDir`, an empty folder, what is done in the working directory stays there. */
  openAside(revisionDir: string, keptDir?: string): AsidePlace | null;
  /** The folder of a revision is about to vanish: no place is bound to it any more. No attempt of it runs. */
  forget(revisionDir: string): void;
  close(): Promise<void>;
}
