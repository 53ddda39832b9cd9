import {
  CONTAINER_ENGINE_LABEL,
  jobSubmittedEvent,
  type OutgoingEvent,
  type ProjectManifest,
  type Resources,
} from '@computalot/contracts';
import type { AcceptedJob, SubmissionTarget } from '@computalot/database';
import { resolveRequirements, retryPolicyOf } from '@computalot/jobs';
import { encodeId, newUuid } from '@computalot/kernel';
import type { Submission } from './read-submission.js';

/** What is written of a submission to a project that can run it. */
export function acceptedJob(
  accountId: string,
  id: string,
  { body, text, members, plan, dependencies }: Submission,
  project: SubmissionTarget,
  profile: Resources,
): AcceptedJob {
  const job = {
    id,
    project,
    type: body.type ?? 'structured_runner',
    name: body.name ?? null,
    client_ref: body.client_ref ?? null,
    tags: body.tags ?? [],
    priority: body.priority ?? 0,
    max_parallel: body.max_parallel ?? null,
    max_failures: body.max_failures ?? null,
    requirements: requirementsOf(profile, withoutNulls(body.requirements ?? {}), project.manifest),
    retry: retryPolicyOf(body.retry ?? {}),
    queue_timeout_s: body.queue_timeout_s ?? null,
    submission: text,
    meta: members.get('meta') ?? null,
    variant: members.get('variant') ?? null,
    item_total: plan.item_total,
    batch_size: plan.spec.batch_size ?? null,
    dependencies,
  };
  return { ...job, event: submittedEvent(accountId, job) };
}

/** A container is never run as anything else: its tasks go where an engine is. */
function requirementsOf(profile: Resources, asked: Resources, manifest: ProjectManifest | null): Resources {
  const requirements = resolveRequirements(profile, asked);
  if (manifest?.runtime?.kind !== 'oci') return requirements;
  return { ...requirements, labels: { ...requirements.labels, ...CONTAINER_ENGINE_LABEL } };
}

function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null)) as T;
}

function submittedEvent(
  accountId: string,
  job: Pick<AcceptedJob, 'id' | 'type' | 'tags' | 'client_ref' | 'dependencies'>,
): OutgoingEvent {
  const jobId = encodeId('job', job.id);
  return {
    type: jobSubmittedEvent.type,
    id: newUuid(),
    subject: jobId,
    time: new Date().toISOString(),
    data: {
      job_id: jobId,
      account_id: encodeId('acc', accountId),
      type: job.type,
      status: job.dependencies.length > 0 ? 'queued' : 'planning',
      tags: job.tags,
      ...(job.client_ref === null ? {} : { client_ref: job.client_ref }),
    },
  };
}
