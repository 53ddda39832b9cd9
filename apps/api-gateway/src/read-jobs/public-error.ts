import type { JobStatus, TaskError } from '@computalot/contracts';
import type { JobRow } from '@computalot/database';

/** Why a job did not complete: what was recorded, or what its counts say. */
export function jobErrorOf(job: Pick<JobRow, 'error' | 'status' | 'failed' | 'task_total'>): TaskError | null {
  if (job.error) return { code: job.error.code, message: job.error.message };
  if (job.status === 'failed' || job.status === 'partial') {
    return { code: 'tasks_failed', message: `${job.failed} of ${job.task_total} tasks failed.` };
  }
  return null;
}

const ACTIONS: Readonly<Record<string, string>> = {
  max_failures_exceeded:
    'Correct what made the tasks fail (GET …/tasks?status=failed), or raise max_failures, and submit again.',
  queue_timeout:
    'Raise queue_timeout_s, ask for less in requirements, or have a worker started that offers what the job needs.',
  no_command: 'Send runner_command, or set entrypoint.command in the manifest, and submit again.',
  tasks_failed:
    'Read the errors at GET …/tasks?status=failed and the output at GET …/output, correct the program or payload, and submit again.',
};

/** What to do now, in one sentence; null when nothing is wrong. `id` is the public one. */
export function recommendedAction(id: string, status: JobStatus, error: TaskError | null): string | null {
  if (!error) return status === 'cancelled' ? 'Submit the job again if its results are still needed.' : null;
  const action = Object.hasOwn(ACTIONS, error.code) ? ACTIONS[error.code] : ACTIONS.tasks_failed;
  return action?.replaceAll('…', `/api/v1/jobs/${id}`) ?? null;
}
