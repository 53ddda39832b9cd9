import {
  CANCEL_GRACE_S,
  CHECKPOINT_INTERVAL_MS,
  HEARTBEAT_INTERVAL_MS,
  MAX_STORED_OUTPUT_BYTES,
  SNAPSHOT_INTERVAL_MS,
  WORKER_TTL_MS,
} from '@computalot/contracts';
import { newUuid } from '@computalot/kernel';
import { availableParallelism } from 'node:os';
import { detectResources, freeBytes } from './offer-resources/detect-resources.js';
import { defaultTaskPath, type WorkerOptions, type WorkerSettings } from './worker-options.js';

const DEFAULT_CACHE_BYTES = 20e9;
const DEFAULT_LIMITS = { nproc: 4_096, nofile: 65_536, fsize: 64 * 1024 ** 3 };

/** Fills in defaults and looks at the machine once. */
export async function resolveSettings(options: WorkerOptions): Promise<WorkerSettings> {
  const { offers, labels, ...given } = options;
  const disk = await freeBytes(options.dataDir);
  const cacheBytes = options.cacheBytes ?? Math.min(DEFAULT_CACHE_BYTES, disk / 4);
  const detected = await detectResources(Math.max(0, disk - cacheBytes));
  return {
    executor: 'process',
    sandbox: 'auto',
    taskUid: 20_000,
    taskGid: 20_000,
    taskPath: defaultTaskPath(undefined),
    hidePaths: [],
    limits: DEFAULT_LIMITS,
    maxSlots: Math.max(8, 4 * availableParallelism()),
    killGrace_s: CANCEL_GRACE_S,
    drainGrace_s: 5,
    maxStoredOutputBytes: MAX_STORED_OUTPUT_BYTES,
    checkpointIntervalMs: CHECKPOINT_INTERVAL_MS,
    initTimeout_s: 1_800,
    serviceLingerMs: 10_000,
    heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
    snapshotIntervalMs: SNAPSHOT_INTERVAL_MS,
    ttlMs: WORKER_TTL_MS,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    workerId: options.workerId,
    name: options.name,
    dataDir: options.dataDir,
    cacheBytes,
    incarnation: newUuid(),
    offers: { ...detected, ...offers, labels: { ...offers?.labels, ...labels } },
  };
}
