import { DomainError } from '@computalot/kernel';
import type { ExitFrame, RunCommand } from '../drive-launchers/launcher-protocol.js';
import type { AsidePlace } from '../run-attempts/executor.js';
import { OutputTail } from './output-tail.js';
import type { RuntimeStep } from './runtime-steps.js';

export interface StepLimits {
  readonly path: string;
  readonly memory_bytes: number | null;
  /** Epoch milliseconds by which all of it must be done. */
  readonly deadline: number;
  /** What it takes in all, for the message. */
  readonly timeout_s: number;
}

/** Runs the steps one after the other. @throws DomainError of the first that fails, with its name and the end of its output */
export async function runSteps(
  place: AsidePlace,
  steps: readonly RuntimeStep[],
  limits: StepLimits,
  onOutput: (data: Buffer) => void,
): Promise<void> {
  for (const step of steps) {
    const tail = new OutputTail();
    onOutput(Buffer.from(`== ${step.what}\n`));
    const exit = await place.run(commandOf(step, limits), (data) => {
      tail.push(data);
      onOutput(data);
    });
    const fault = faultOf(exit, limits.timeout_s);
    if (fault) throw new DomainError(step.code, `${step.what} ${fault}.${exit.error ? '' : tail.toString()}`);
  }
}

function commandOf({ command: { command, cwd, env } }: RuntimeStep, limits: StepLimits): RunCommand {
  return {
    argv: command,
    env: { PATH: limits.path, LANG: 'C.UTF-8', ...env },
    timeout_s: Math.max(0, (limits.deadline - Date.now()) / 1_000),
    grace_s: 1,
    memory_bytes: limits.memory_bytes,
    payload: '{}',
    ...(cwd === undefined ? {} : { cwd }),
  };
}

function faultOf({ cause, error, memory, signal, code }: ExitFrame, timeout_s: number): string | null {
  if (error) return `cannot be run: ${error.message}`;
  if (cause === 'timeout') return `was ended: preparing a runtime may take ${timeout_s} seconds in all`;
  if (memory) return `used more than the ${memory.limit / 1e9} GB of memory that it may have`;
  if (signal !== undefined) return `was ended by ${signal}`;
  return code === 0 ? null : `ended with exit code ${code}`;
}
