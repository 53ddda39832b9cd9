/** What the worker and `launcher/launcher.py` say to each other. Commands go as a JSON line plus `payload_bytes` raw bytes, frames come as a JSON line plus `n`. */

export type SandboxMode = 'auto' | 'namespaces' | 'subreaper';

export interface TaskLimits {
  /** Processes and threads of one slot. */
  readonly nproc?: number;
  /** Bytes of the largest file a task may write. */
  readonly fsize?: number;
  readonly nofile?: number;
}

/** Control group that the worker made for one slot; the launcher joins it, and its tasks are born in it. */
export interface SlotGroup {
  readonly version: 1 | 2;
  /** Folder of the group, and of the one that counts processes where that is another (version 1) or the same; null where nothing counts them. */
  readonly memory: string;
  readonly pids: string | null;
  readonly pids_max: number | null;
}

export interface LauncherSetup {
  readonly sandbox: SandboxMode;
  /** Folder of this slot, made by the launcher. */
  readonly slot_dir: string;
  /** Unpacked revision, or null: the working directory begins empty. */
  readonly revision_dir: string | null;
  /** Empty folder of the task user that becomes the working directory, begins as a copy of the revision, and keeps what is done in it. */
  readonly kept_dir?: string;
  /** Taken on when the worker runs as root. */
  readonly uid: number;
  readonly gid: number;
  /** Folders that no task may see. */
  readonly hide: readonly string[];
  /** Folders shown under `/computalot/tools/<name>`. */
  readonly expose: Readonly<Record<string, string>>;
  readonly limits: TaskLimits;
  readonly inline_result_bytes: number;
  readonly max_artifacts: number;
  readonly shm_bytes: number;
  readonly oom_score_adj: number;
  /** Null: the launcher adds up the memory of a tree now and then. */
  readonly group: SlotGroup | null;
}

export interface RunCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeout_s: number;
  /** Seconds between SIGTERM and SIGKILL at a timeout. */
  readonly grace_s: number;
  /** Most memory of the whole tree, at least 64 MiB whatever is said; null for no limit. */
  readonly memory_bytes: number | null;
  /** Bytes of the largest file that it may write, where that is less than what the slot may. */
  readonly file_bytes?: number;
  /** JSON text of the payload file. */
  readonly payload: string;
  /** Variables that name a file or folder among the inputs: the launcher knows where the program sees those. */
  readonly input_variables?: Readonly<Record<string, string>>;
  /** Stands in the payload, within strings, for the folder of the inputs. */
  readonly inputs_mark?: string;
  /** Relative to the working directory. */
  readonly cwd?: string;
}

export interface ReadyFrame {
  readonly t: 'ready';
  readonly sandbox: 'namespaces' | 'subreaper' | null;
  /** What could not be had, in words for the operator. */
  readonly notes: readonly string[];
  readonly error?: string;
  readonly workdir?: 'plain' | 'overlay' | 'copy' | 'kept';
}

export type ResultFile =
  | { readonly form: 'none' }
  | { readonly form: 'inline' | 'file'; readonly bytes: number }
  | { readonly form: 'bad'; readonly error: string };

export interface ExitFrame {
  readonly t: 'exit';
  readonly id: number;
  readonly cause: 'exit' | 'timeout' | 'cancel' | 'refused';
  /** Epoch milliseconds. */
  readonly started: number;
  readonly finished: number;
  readonly code?: number;
  readonly signal?: string;
  /** It used more memory than it may and was ended for that. Bytes. */
  readonly memory?: { readonly limit: number; readonly peak: number };
  readonly result: ResultFile;
  /** [relative name, bytes] */
  readonly artifacts?: readonly (readonly [string, number])[];
  readonly artifacts_skipped?: number;
  /** It did not end well and its checkpoint folder is not empty. */
  readonly checkpoint?: boolean;
  /** The slot keeps its files until `reset`. */
  readonly held?: boolean;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Where the files of a held slot lie, on the worker's side. */
export const slotFiles = {
  result: (slotDir: string) => `${slotDir}/out/result.json`,
  inputs: (slotDir: string) => `${slotDir}/inputs`,
  checkpoint: (slotDir: string) => `${slotDir}/checkpoint`,
  artifact: (slotDir: string, name: string) => `${slotDir}/artifacts/${name}`,
};
