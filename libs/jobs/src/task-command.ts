import type { TaskSpec } from '@computalot/contracts';
import { benchmarkCommand } from './benchmark/index.js';

/** The command of task `index` where it has one of its own, else null: the job's. */
export function taskCommand(spec: TaskSpec, index: number): readonly string[] | null {
  return spec.benchmark ? benchmarkCommand(spec.benchmark, index) : null;
}

/** For a job without a command: null when some task needs it, else one of the tasks' own. */
export function commandOfEveryTask({ benchmark }: TaskSpec): readonly string[] | null {
  const commands = benchmark?.strategies.map((strategy) => strategy.runner_command ?? null) ?? [null];
  return commands.includes(null) ? null : (commands[0] ?? null);
}
