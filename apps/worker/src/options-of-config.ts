import type { Resources } from '@computalot/contracts';
import type { Static } from '@sinclair/typebox';
import type { workerConfig } from './config.js';
import { defaultTaskPath, type WorkerOptions } from './worker-options.js';

type Config = Static<typeof workerConfig>;

/** @throws Error when WORKER_LABELS is no JSON object of strings */
export function optionsOf(
  config: Config,
  identity: Pick<WorkerOptions, 'workerId' | 'name' | 'dataDir'>,
  workerPath: string | undefined,
): WorkerOptions {
  return {
    ...identity,
    executor: config.COMPUTALOT_EXECUTOR,
    sandbox: config.COMPUTALOT_SANDBOX,
    offers: offersOf(config),
    labels: labelsOf(config.WORKER_LABELS),
    taskPath: config.WORKER_TASK_PATH ?? defaultTaskPath(workerPath),
    ...(config.WORKER_TASK_UID === undefined
      ? {}
      : { taskUid: config.WORKER_TASK_UID, taskGid: config.WORKER_TASK_UID }),
    ...(config.WORKER_MAX_SLOTS === undefined ? {} : { maxSlots: config.WORKER_MAX_SLOTS }),
    ...(config.WORKER_CACHE_GB === undefined ? {} : { cacheBytes: config.WORKER_CACHE_GB * 1e9 }),
    ...(config.WORKER_INIT_TIMEOUT_S === undefined ? {} : { initTimeout_s: config.WORKER_INIT_TIMEOUT_S }),
    ...(config.WORKER_DRAIN_S === undefined ? {} : { drainGrace_s: config.WORKER_DRAIN_S }),
  };
}

function offersOf(config: Config): Resources {
  const given = {
    cpu: config.WORKER_CPU,
    memory_gb: config.WORKER_MEMORY_GB,
    storage_gb: config.WORKER_STORAGE_GB,
    gpu: config.WORKER_GPU,
    gpu_memory_gb: config.WORKER_GPU_MEMORY_GB,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function labelsOf(text: string): Record<string, string> {
  let labels: unknown;
  try {
    labels = JSON.parse(text);
  } catch {
    labels = undefined;
  }
  const isObject = typeof labels === 'object' && labels !== null && !Array.isArray(labels);
  if (!isObject || Object.values(labels as object).some((value) => typeof value !== 'string')) {
    throw new Error('WORKER_LABELS must be a JSON object of strings');
  }
  return labels as Record<string, string>;
}
