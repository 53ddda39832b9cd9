import { SPEC_INLINE_BYTES, type FanOut, type RunContext, type TaskSpec } from '@computalot/contracts';
import type { JobToPlan } from '@computalot/database';
import { encodeId } from '@computalot/kernel';

const DEFAULT_TIMEOUT_S = 3600;

interface Submission {
  readonly payload?: Record<string, unknown>;
  readonly fan_out?: Record<string, unknown>;
  readonly batch_size?: number;
  readonly batch_per_task?: number;
  readonly runner_command?: string[];
  readonly timeout_s?: number;
  readonly env?: Record<string, string>;
}

/** The task spec of an accepted submission: `batch_size` and its alias may stand beside or inside `fan_out`. */
export function taskSpecOf(submission: Submission): TaskSpec {
  const { batch_size: inner, batch_per_task: innerAlias, ...shape } = submission.fan_out ?? {};
  const batchSize = submission.batch_size ?? submission.batch_per_task ?? inner ?? innerAlias;
  return {
    payload: submission.payload ?? {},
    ...(submission.fan_out ? { fan_out: shape as FanOut } : {}),
    ...(batchSize === undefined ? {} : { batch_size: batchSize as number }),
  };
}

/** What a worker needs to run the job's tasks; `specText` is the spec's JSON. Null when neither the submission nor the manifest has a command. */
export function runContextOf(job: JobToPlan, spec: TaskSpec, specText: string): RunContext | null {
  const submission = job.submission as Submission;
  const entrypoint = (job.manifest as { entrypoint?: { command?: string[] } } | null)?.entrypoint?.command;
  const command = submission.runner_command ?? entrypoint;
  if (!command?.length) return null;
  return {
    job_id: encodeId('job', job.id),
    revision: job.revision,
    command,
    env: submission.env ?? {},
    timeout_s: submission.timeout_s ?? DEFAULT_TIMEOUT_S,
    requirements: job.requirements,
    spec: Buffer.byteLength(specText) <= SPEC_INLINE_BYTES ? spec : null,
  };
}
