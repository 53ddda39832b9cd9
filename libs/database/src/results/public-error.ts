import type { JobStatus, TaskError } from '@computalot/contracts';
import type { JobRow } from '../reading/index.js';

/** What the platform says of itself; other codes speak of the user's own program, whose paths are the user's. */
const OF_THE_PLATFORM: ReadonlySet<string> = new Set(['infrastructure', 'worker_lost', 'worker_drained']);

/** Addresses, paths, host names and ids inside the platform. */
const PLACES =
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s'")]+|(?<![\w.])\/(?:[^\s/'":,]+\/)*[^\s/'":,]+|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|\b[\w-]+(?:\.[a-z][\w-]+){2,}(?::\d+)?|\bwrk_[0-9a-z]{26}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;

/** A recorded error as users see it: its code and its message, which tells nothing of where work runs. The worker's log has it whole. */
export function publicError(error: TaskError | null | undefined): TaskError | null {
  if (!error) return null;
  const { code, message } = error;
  return { code, message: OF_THE_PLATFORM.has(code) ? message.replace(PLACES, '…') : message };
}

/** Why a job did not complete: what was recorded, or what its counts say. */
export function jobErrorOf(job: Pick<JobRow, 'error' | 'status' | 'failed' | 'task_total'>): TaskError | null {
  if (job.error) return publicError(job.error);
  if (job.status === 'failed' || job.status === 'partial') {
    return { code: 'tasks_failed', message: `${job.failed} of ${job.task_total} tasks failed.` };
  }
  return null;
}

const ACTIONS: Readonly<Record<string, string>> = {
  max_failures_exceeded:
    'Correct what made the tasks fail (GET …/tasks?status=failed), or raise max_failures, and submit again.',
  dependency_failed:
    'Correct what made the last job of the chain end as it did and retry it, then the others of the chain, then this one: POST …/retry.',
  queue_timeout:
    'Raise queue_timeout_s (it counts from the submission, waiting for dependencies included), ask for less in requirements, or have a worker started that offers what the job needs.',
  min_success_not_met:
    'Correct what made the map tasks fail (GET …/tasks?status=failed), or lower min_success, and submit again.',
  reduce_failed:
    'Read the errors of the reduce tasks (GET …/tasks?status=failed); correct the reduce runner or payload and submit again, or POST …/retry where it was bad luck.',
  items_artifact_gone: 'Upload the file again with POST /api/v1/artifacts and submit with its new id.',
  shared_unresolved:
    'Put the value, or correct the reference that the message names, and submit again; POST …/retry looks once more.',
  artifact_unresolved:
    'Correct the download that the message names, or let the job that it names leave the artifact, and submit again; POST …/retry looks once more.',
  no_command: 'Send runner_command, or set entrypoint.command in the manifest, and submit again.',
  runtime_init_failed:
    'Correct the command of runtime.init in computalot.project.json that the error names, push again and submit again; POST …/retry where it was bad luck.',
  validation_failed:
    'Let runtime.init provide what the error names, or correct validation in computalot.project.json; push again and submit again.',
  service_failed:
    'Correct the service of runtime.services in computalot.project.json that the error names (it must listen on $PORT), push again and submit again.',
  tasks_failed:
    'Read the errors at GET …/tasks?status=failed and the output at GET …/output, correct the program or payload, and submit again.',
};

/** What to do now, in one sentence; null when nothing is wrong. `id` is the public one. */
export function recommendedAction(id: string, status: JobStatus, error: TaskError | null): string | null {
  if (!error) return status === 'cancelled' ? 'Submit the job again if its results are still needed.' : null;
  const action = Object.hasOwn(ACTIONS, error.code) ? ACTIONS[error.code] : ACTIONS.tasks_failed;
  return action?.replaceAll('…', `/api/v1/jobs/${id}`) ?? null;
}
