import type { TaskReport } from '@computalot/contracts';
import { isDomainError } from '@computalot/kernel';

/** What kept a job from being prepared and no other worker can cure. */
const USERS_FAULTS = new Set(['runtime_init_failed', 'secret_missing']);

/** What is reported of every waiting attempt of a job that could not be prepared. */
export function unpreparedFailure(error: unknown): Pick<TaskReport, 'kind' | 'reason' | 'error'> & { kind: 'failed' } {
  const message = error instanceof Error ? error.message : String(error);
  if (isDomainError(error) && USERS_FAULTS.has(error.code)) {
    return { kind: 'failed', reason: 'invalid', error: { code: error.code, message } };
  }
  return { kind: 'failed', reason: 'infrastructure', error: { code: 'infrastructure', message } };
}
