import type { TaskReport } from '@computalot/contracts';
import { isDomainError } from '@computalot/kernel';
import { isAway } from '../move-bytes/store-away.js';

/** What kept a job from being prepared and no other worker can cure. */
const USERS_FAULTS = new Set(['runtime_init_failed', 'validation_failed', 'secret_missing', 'input_unavailable']);

type Unprepared = Pick<TaskReport, 'reason' | 'error'> & { kind: 'failed' | 'returned' };

/** What is reported of every waiting attempt of a job that could not be prepared. */
export function unpreparedFailure(error: unknown): Unprepared {
  const message = error instanceof Error ? error.message : String(error);
  if (isAway(error)) {
    const told = `What the task needs cannot be fetched now: ${message}.`;
    return { kind: 'returned', error: { code: 'storage_unavailable', message: told } };
  }
  if (isDomainError(error) && USERS_FAULTS.has(error.code)) {
    return { kind: 'failed', reason: 'invalid', error: { code: error.code, message: error.detail } };
  }
  if (isDomainError(error) && error.code === 'service_failed') {
    return { kind: 'failed', reason: 'exit', error: { code: error.code, message: error.detail } };
  }
  return { kind: 'failed', reason: 'infrastructure', error: { code: 'infrastructure', message } };
}
