import type { FailureReason, TaskError } from '@computalot/contracts';
import type { LossCause } from '../drive-launchers/launcher-process.js';
import type { ExitFrame } from '../drive-launchers/launcher-protocol.js';

export interface Failure {
  readonly reason: FailureReason;
  readonly error: TaskError;
}

/** Why an attempt failed, or null when its program ended well. Pure. */
export function failureOf(exit: ExitFrame, timeout_s: number): Failure | null {
  if (exit.error) {
    return { reason: reasonOf(exit.error.code), error: exit.error };
  }
  if (exit.cause === 'timeout') {
    return {
      reason: 'timeout',
      error: { code: 'timeout', message: `The program ran longer than ${timeout_s} seconds and was ended.` },
    };
  }
  if (exit.memory) {
    return { reason: 'exit', error: { code: 'memory_limit_exceeded', message: excess(exit.memory) } };
  }
  if (exit.signal !== undefined) {
    return {
      reason: 'exit',
      error: { code: 'exit', message: `The program was ended by ${exit.signal}.${hintFor(exit.signal)}` },
    };
  }
  if (exit.code !== 0) {
    return { reason: 'exit', error: { code: 'exit', message: `The program ended with exit code ${exit.code}.` } };
  }
  if (exit.result.form === 'bad') {
    return {
      reason: 'invalid',
      error: { code: 'invalid_result', message: `The result file is of no use: ${exit.result.error}.` },
    };
  }
  return null;
}

/** A service is the user's program as the task is. */
function reasonOf(code: string): FailureReason {
  if (code === 'service_failed') return 'exit';
  return code === 'infrastructure' ? 'infrastructure' : 'invalid';
}

/** The report's words for an attempt whose launcher went away. */
export function lossOf(why: string, cause: LossCause, limit: number | null): Failure & { signal?: string } {
  if (cause === 'memory' && limit !== null) {
    const error = { code: 'memory_limit_exceeded', message: excess({ limit, peak: limit }) };
    return { reason: 'exit', signal: 'SIGKILL', error };
  }
  return { reason: 'infrastructure', error: { code: 'infrastructure', message: `The attempt was lost: ${why}` } };
}

function excess({ limit, peak }: { readonly limit: number; readonly peak: number }): string {
  return `The program and its children used ${gigabytes(peak)} GB of memory, all that they may have is ${gigabytes(limit)} GB. Ask for more with requirements.memory_gb.`;
}

/** Decimal, as requirements are. */
const gigabytes = (bytes: number): string => String(Number((bytes / 1e9).toFixed(3)));

function hintFor(signal: string): string {
  if (signal === 'SIGKILL') return ' If it did not do that itself, the machine ran out of memory.';
  if (signal === 'SIGXFSZ') return ' It wrote a file larger than its storage_gb, or than the worker allows.';
  return '';
}
