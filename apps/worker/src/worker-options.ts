import type { Resources } from '@computalot/contracts';
import { dirname } from 'node:path';
import type { SandboxMode, TaskLimits } from './drive-launchers/launcher-protocol.js';

/** Injection token of the {@link WorkerSettings}. */
export const WORKER_SETTINGS = Symbol('WORKER_SETTINGS');

export interface WorkerOptions {
  /** UUID that stays the same over restarts (see `loadWorkerId`); also the `receiverId` of the process's transport. */
  readonly workerId: string;
  /** Shown to operators. */
  readonly name: string;
  /** Slots, unpacked revisions, spooled output. Used by this worker alone. */
  readonly dataDir: string;
  /** `none` starts nothing: every attempt completes at once with the result null. Default `process`. */
  readonly executor?: 'process' | 'none';
  readonly sandbox?: SandboxMode;
  /** Overrides of what was detected, resource by resource. */
  readonly offers?: Resources;
  readonly labels?: Readonly<Record<string, string>>;
  /** Unprivileged user of the tasks; taken on only when the worker runs as root. Default 20000:20000. */
  readonly taskUid?: number;
  readonly taskGid?: number;
  /** PATH of the tasks. */
  readonly taskPath?: string;
  /** Further folders that no task may see (`dataDir` is never visible). */
  readonly hidePaths?: readonly string[];
  readonly limits?: TaskLimits;
  /** Attempts running at once, whatever they require. Default: four per core, at least eight. */
  readonly maxSlots?: number;
  /** Seconds between SIGTERM and SIGKILL at a timeout and at the end of a drain. */
  readonly killGrace_s?: number;
  /** Seconds that running attempts get to end by themselves when the worker is drained. */
  readonly drainGrace_s?: number;
  /** Bytes kept per output stream; the middle of what is longer is cut. */
  readonly maxStoredOutputBytes?: number;
  /** Milliseconds between looks at the checkpoint folder of a running attempt. */
  readonly checkpointIntervalMs?: number;
  /** Milliseconds for which services outlive the last job that needs them. */
  readonly serviceLingerMs?: number;
  /** Seconds that `runtime.init` and `validation` of a revision may take in all. */
  readonly initTimeout_s?: number;
  /** Bytes of unpacked revisions and prepared runtimes that are kept on disk; what is in use stays beyond it. */
  readonly cacheBytes?: number;
  readonly heartbeatIntervalMs?: number;
  readonly snapshotIntervalMs?: number;
  /** Milliseconds without the broker after which own attempts are ended: they are given out again elsewhere. */
  readonly ttlMs?: number;
}

/** The options with their defaults, and what is fixed at the start of the process. */
export interface WorkerSettings extends Required<Omit<WorkerOptions, 'offers' | 'labels'>> {
  /** New at every start; attempts leased to an older one are lost. */
  readonly incarnation: string;
  readonly offers: Resources;
}

/** PATH of the tasks when none is configured: the system's, then what the worker itself finds, then the worker's own Node. */
export function defaultTaskPath(workerPath: string | undefined): string {
  const system = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const own = (workerPath ?? '').split(':').filter((entry) => entry.startsWith('/'));
  // The last two are one folder: as a task in namespaces sees it, and as it is.
  return [...new Set([...system, ...own, '/computalot/tools/node', dirname(process.execPath)])].join(':');
}
