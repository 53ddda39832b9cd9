import { execFileSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';

const SYSTEM_PYTHON = '/usr/bin/python3';

/**
 * Absolute path of a real Python 3. The system's is preferred: every user may run it. `python3` in PATH is often a shell script of a version
 * manager, so it is asked which interpreter it stands for.
 *
 * @throws Error that says what to install.
 */
export function findPython(): string {
  try {
    accessSync(SYSTEM_PYTHON, constants.X_OK);
    return SYSTEM_PYTHON;
  } catch {
    return askPython();
  }
}

function askPython(): string {
  try {
    const answer = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
      encoding: 'utf8',
      timeout: 10_000,
    });
    return realpathSync(answer.trim());
  } catch (error) {
    throw new Error('the worker needs python3 (3.9 or newer) in PATH to start tasks', { cause: error });
  }
}
