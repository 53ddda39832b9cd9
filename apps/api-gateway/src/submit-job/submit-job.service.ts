import { planningWanted } from '@computalot/contracts';
import { acceptWithinQuotas, DATABASE, readJobWithSubmission, type Database, aggregateOf } from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { OUTBOX_RELAY, PUBLISHER, type OutboxRelay, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import type { Creation } from '../answer-once/answer-once.service.js';
import type { JsonBody } from '../parse-json/json-body.js';
import { membersOf } from '../parse-json/json-text.js';
import { Refusal } from '../problems/refusal.js';
import { acceptedJobText, jobText } from '../read-jobs/job-view.js';
import { DraftJobs } from './draft-jobs.service.js';
import { refusalOf } from './refused-admission.js';

export interface SubmittedJob {
  /** The public id. */
  readonly id: string;
  /** The job object as JSON text. */
  readonly text: string;
}

/** Accepts jobs: whatever is answered here is in Postgres. */
@Injectable()
export class SubmitJob {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
    @Inject(PUBLISHER) private readonly publisher: Pick<Publisher, 'send'>,
    private readonly drafts: DraftJobs,
  ) {}

  /** @throws Refusal */
  async submit(accountId: string, json: JsonBody, creation: Creation): Promise<SubmittedJob> {
    const id = creation.id();
    return (creation.begunAt && (await this.existing(accountId, id))) || this.accept(accountId, json, id);
  }

  private async accept(accountId: string, json: JsonBody, id: string): Promise<SubmittedJob> {
    const [draft] = await this.drafts.draft(accountId, [json], [id]);
    if (!draft || draft instanceof Refusal) throw draft ?? new Error('nothing was drafted');
    const [admission] = await acceptWithinQuotas(this.database, accountId, [draft.job]);
    const refusal = admission && refusalOf(admission, draft.job);
    if (refusal) throw refusal;
    // Whether a job that waits can be planned is looked into when the durable message brings it.
    if (draft.job.dependencies.length === 0) this.publisher.send(planningWanted, { job_ids: [id] });
    this.relay.wake();
    if (admission?.kind === 'created')
      return { id: encodeId('job', id), text: acceptedJobText(draft.job, draft.members, admission.created_at) };
    const existing = await this.existing(accountId, id);
    if (!existing) throw new Error(`job ${id} is taken by another account`);
    return existing;
  }

  /** What an earlier run of the same request accepted. */
  private async existing(accountId: string, id: string): Promise<SubmittedJob | null> {
    const job = await readJobWithSubmission(this.database, accountId, id);
    if (!job) return null;
    const { result: aggregate } = await aggregateOf(this.database, accountId, job);
    return { id: encodeId('job', id), text: jobText(job, membersOf(job.submission), { pending: null, aggregate }) };
  }
}
