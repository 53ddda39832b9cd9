import { INLINE_RESULT_BYTES } from '@computalot/contracts';
import { realpathSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ControlGroups } from '../drive-launchers/control-groups.js';
import { findPython } from '../drive-launchers/find-python.js';
import type { WorkerSettings } from '../worker-options.js';
import type { Executor } from './executor.js';
import { NoneExecutor } from './none.executor.js';
import { ProcessExecutor } from './process.executor.js';

const MAX_ARTIFACTS = 1_000;
const SHM_BYTES = 1024 ** 3;
/** Of 1000; the kernel's out-of-memory killer takes the task before the worker. */
const OOM_SCORE_ADJ = 500;
/** Credentials of the person who runs the worker on a machine of their own. */
const PRIVATE_FOLDERS = ['.ssh', '.aws', '.gnupg', '.kube', '.docker', '.config/gcloud'];

export function createExecutor(settings: WorkerSettings): Executor {
  if (settings.executor === 'none') return new NoneExecutor();
  return new ProcessExecutor({
    python: findPython(),
    slotsDir: join(settings.dataDir, 'slots'),
    pycacheDir: join(settings.dataDir, 'pycache'),
    maxSlots: settings.maxSlots,
    warm: Math.min(2, availableParallelism()),
    sandbox: settings.sandbox,
    groups: ControlGroups.find(settings.limits.nproc ?? null),
    setup: {
      uid: settings.taskUid,
      gid: settings.taskGid,
      hide: realPaths([
        settings.dataDir,
        ...settings.hidePaths,
        ...PRIVATE_FOLDERS.map((name) => join(homedir(), name)),
      ]),
      expose: { node: dirname(process.execPath) },
      limits: settings.limits,
      inline_result_bytes: INLINE_RESULT_BYTES,
      max_artifacts: MAX_ARTIFACTS,
      shm_bytes: SHM_BYTES,
      oom_score_adj: OOM_SCORE_ADJ,
    },
  });
}

/** A cover hides the folder that it lies on, not the links that lead there. What does not exist needs none. */
function realPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      return [realpathSync(path)];
    } catch {
      return [];
    }
  });
}
