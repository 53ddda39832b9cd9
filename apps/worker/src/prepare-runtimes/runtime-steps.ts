import type { RuntimeCommand, RuntimeSpec } from '@computalot/contracts';
import { createHash } from 'node:crypto';

/** One command on the way to a prepared runtime. */
export interface RuntimeStep {
  readonly code: 'runtime_init_failed' | 'validation_failed';
  /** Names the step in errors. */
  readonly what: string;
  readonly command: RuntimeCommand;
}

/** A shell script that judges each of its arguments and names those that fail. */
const judgeEach = (test: string, fault: string) =>
  `bad=0; for name do ${test} || { echo "${fault}"; bad=1; }; done; exit $bad`;
const FIND_PROGRAMS = judgeEach('command -v "$name" >/dev/null', 'the program $name is not found');
const FIND_FILES = judgeEach('[ -e "$name" ]', 'the file $name does not exist');

/** Everything that is run once per worker and revision, in order; empty when there is nothing. Pure. */
export function runtimeSteps({ init = [], validation = {}, workdir }: RuntimeSpec): RuntimeStep[] {
  const { executables = [], files = [], commands = [] } = validation;
  const judged = (what: string, script: string, names: readonly string[]): RuntimeStep[] =>
    names.length === 0
      ? []
      : [{ code: 'validation_failed', what, command: { command: ['sh', '-c', script, 'sh', ...names] } }];
  const within = (command: RuntimeCommand) => (workdir === undefined ? command : { cwd: workdir, ...command });
  return [
    ...init.map((command) => stepOf('runtime_init_failed', 'runtime.init command', within(command))),
    ...judged('validation.executables', FIND_PROGRAMS, executables),
    ...judged('validation.files', FIND_FILES, files),
    ...commands.map((command) => stepOf('validation_failed', 'validation command', within(command))),
  ];
}

function stepOf(code: RuntimeStep['code'], kind: string, command: RuntimeCommand): RuntimeStep {
  return {
    code,
    what: `the ${kind} ${JSON.stringify(command.label ?? command.command.join(' ').slice(0, 100))}`,
    command,
  };
}

/** Equal for what gives the same runtime. Pure. */
export function runtimeKey(revision: string, steps: readonly RuntimeStep[]): string {
  const commands = steps.map(({ command: { command, cwd, env } }) => [
    command,
    cwd ?? '',
    Object.entries(env ?? {}).sort(),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([revision, commands]))
    .digest('hex');
}
