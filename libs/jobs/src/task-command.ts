import type { TaskSpec } from '@computalot/contracts';
import { benchmarkCommand } from './benchmark/index.js';

/** The command of task `index` where it has one of its own, else null: the job's. */
export function taskCommand(spec: TaskSpec, index: number): readonly string[] | null {
  return spec.benchmark ? benchmarkCommand(spec.benchmark, index) : null;
}
