import { jobSubmittedEvent, planningWanted, type OutgoingEvent } from '@computalot/contracts';
import {
  acceptJob,
  DATABASE,
  PRISMA,
  readSubmissionTarget,
  type PrismaClient,
  type Database,
  type SubmissionTarget,
} from '@computalot/database';
import { commandOfEveryTask, resolveRequirements, retryPolicyOf } from '@computalot/jobs';
import { encodeId, newUuid } from '@computalot/kernel';
import { OUTBOX_RELAY, PUBLISHER, type OutboxRelay, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { checkSecrets } from './check-secrets.js';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import type { JsonBody } from '../parse-json/json-body.js';
import { Refusal } from '../problems/refusal.js';
import { acceptedJobText } from '../read-jobs/job-view.js';
import { readSubmission, type Submission } from './read-submission.js';

const DEFAULT_PROFILE = 'cpu';

/** Accepts jobs: whatever is answered here is in Postgres. */
@Injectable()
export class SubmitJob {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PRISMA) private readonly prisma: PrismaClient,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
    @Inject(PUBLISHER) private readonly publisher: Pick<Publisher, 'send'>,
    @Inject(GATEWAY_OPTIONS) private readonly options: GatewayOptions,
  ) {}

  /** The public id and the job object as JSON text. @throws Refusal */
  async submit(accountId: string, json: JsonBody): Promise<{ id: string; text: string }> {
    const submission = readSubmission(json, this.options.profiles);
    const project = await this.findProject(accountId, submission);
    await checkSecrets(this.prisma, accountId, submission.body);
    const job = this.jobOf(accountId, submission, project);
    const createdAt = await acceptJob(this.database, accountId, job).catch((error: unknown) => {
      if ((error as { code?: string }).code === '23503') throw noSuchProject(project.name);
      throw error;
    });
    this.publisher.send(planningWanted, { job_id: job.id });
    this.relay.wake();
    return { id: encodeId('job', job.id), text: acceptedJobText(job, submission.members, createdAt) };
  }

  private async findProject(accountId: string, { body, plan }: Submission): Promise<SubmissionTarget> {
    const project = await readSubmissionTarget(this.database, accountId, body.project);
    if (!project) throw noSuchProject(body.project);
    if (project.active_revision === null) {
      throw new Refusal('project_has_no_revision', `Nothing has been pushed to project ${project.name}.`, {
        errors: [{ pointer: '/project', detail: 'has no revision' }],
      });
    }
    if (!body.runner_command && !hasCommand(project.manifest) && !commandOfEveryTask(plan.spec)) {
      throw new Refusal('no_command', `The manifest of project ${project.name} has no entrypoint.command.`, {
        errors: [{ pointer: '/runner_command', detail: 'is needed for this project' }],
      });
    }
    return project;
  }

  private jobOf(accountId: string, { body, text, members, plan }: Submission, project: SubmissionTarget) {
    const id = newUuid();
    const profile = this.options.profiles[body.profile ?? DEFAULT_PROFILE] ?? {};
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
      requirements: resolveRequirements(profile, withoutNulls(body.requirements ?? {})),
      retry: retryPolicyOf(body.retry ?? {}),
      queue_timeout_s: body.queue_timeout_s ?? null,
      submission: text,
      meta: members.get('meta') ?? null,
      variant: members.get('variant') ?? null,
      item_total: plan.item_total,
      batch_size: plan.spec.batch_size ?? null,
    };
    return { ...job, event: submittedEvent(accountId, job) };
  }
}

function noSuchProject(name: string): Refusal {
  return new Refusal('project_not_found', `There is no project ${name} in this account.`, {
    errors: [{ pointer: '/project', detail: 'does not exist' }],
  });
}

function hasCommand(manifest: Record<string, unknown> | null): boolean {
  const entrypoint = manifest?.entrypoint as { command?: unknown } | undefined;
  return Array.isArray(entrypoint?.command) && entrypoint.command.length > 0;
}

function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null)) as T;
}

function submittedEvent(
  accountId: string,
  job: { id: string; type: string; tags: readonly string[]; client_ref: string | null },
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
      status: 'planning',
      tags: job.tags,
      ...(job.client_ref === null ? {} : { client_ref: job.client_ref }),
    },
  };
}
