import { SPEC_INLINE_BYTES, type ProjectManifest, type RunContext, type TaskSpec } from '@computalot/contracts';
import type { JobToPlan } from '@computalot/database';
import { commandOfEveryTask, runtimeSpecOf } from '@computalot/jobs';
import { encodeId } from '@computalot/kernel';

const DEFAULT_TIMEOUT_S = 3600;

interface Submission {
  readonly runner_command?: string[] | null;
  readonly timeout_s?: number | null;
  readonly env?: Record<string, string> | null;
  readonly secrets?: string[] | null;
}

/** What a worker needs to run the job's tasks; `specText` is the spec's JSON. Null when a task has no command: neither the submission nor the manifest has one. */
export function runContextOf(job: JobToPlan, spec: TaskSpec, specText: string): RunContext | null {
  const submission = job.submission as Submission;
  const manifest = job.manifest as ProjectManifest | null;
  const runtime = runtimeSpecOf(manifest);
  const command = submission.runner_command ?? manifest?.entrypoint?.command ?? commandOfEveryTask(spec);
  if (!command?.length) return null;
  return {
    job_id: encodeId('job', job.id),
    revision: job.revision,
    ...(runtime ? { runtime } : {}),
    command: [...command],
    env: submission.env ?? {},
    ...(submission.secrets?.length ? { secrets: submission.secrets } : {}),
    timeout_s: submission.timeout_s ?? DEFAULT_TIMEOUT_S,
    requirements: job.requirements,
    spec: Buffer.byteLength(specText) <= SPEC_INLINE_BYTES ? spec : null,
  };
}
