import type { FailureReason, TaskError } from '@computalot/contracts';
import type { ExitFrame } from '../drive-launchers/launcher-protocol.js';

export interface Failure {
  readonly reason: FailureReason;
  readonly error: TaskError;
}

/** Why an attempt failed, or null when its program ended well. Pure. */
export function failureOf(exit: ExitFrame, timeout_s: number): Failure | null {
  if (exit.error) {
    const reason = exit.error.code === 'infrastructure' ? 'infrastructure' : 'invalid';
    return { reason, error: exit.error };
  }
  if (exit.cause === 'timeout') {
    return {
      reason: 'timeout',
      error: { code: 'timeout', message: `The program ran longer than ${timeout_s} seconds and was ended.` },
    };
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

function hintFor(signal: string): string {
  if (signal === 'SIGKILL') return ' Often the machine ran out of memory: ask for more memory_gb.';
  if (signal === 'SIGXFSZ') return ' It wrote a file larger than the worker allows.';
  return '';
}
