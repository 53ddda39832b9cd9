import { planningWanted } from '@computalot/contracts';
import { acceptWithinQuotas, DATABASE, readJobStatuses, type Admission, type Database } from '@computalot/database';
import { OUTBOX_RELAY, PUBLISHER, type OutboxRelay, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import type { Creation } from '../answer-once/answer-once.service.js';
import { Refusal } from '../problems/refusal.js';
import { DraftJobs, type Draft } from '../submit-job/draft-jobs.service.js';
import { refusalOf } from '../submit-job/refused-admission.js';
import type { BatchEntry } from './read-batch.js';

/** Of an entry: the job that stands for it, or why there is none. */
export type EntryOutcome = { readonly id: string; readonly status: string } | Refusal;

/** Accepts many jobs with as many statements as one. What is wrong with an entry says nothing of the others. */
@Injectable()
export class SubmitBatch {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
    @Inject(PUBLISHER) private readonly publisher: Pick<Publisher, 'send'>,
    private readonly drafts: DraftJobs,
  ) {}

  /** In the order of the entries. */
  async submit(accountId: string, entries: readonly BatchEntry[], creation: Creation): Promise<EntryOutcome[]> {
    const ids = entries.map((_, n) => creation.id(n));
    // What an earlier run of the same request accepted stays accepted, whatever has changed since.
    const earlier = creation.begunAt ? await readJobStatuses(this.database, accountId, ids) : new Map<string, string>();
    const drafts = await this.drafts.draft(accountId, entries, ids);
    const wanted = drafts.filter((draft): draft is Draft => 'job' in draft && !earlier.has(draft.job.id));
    const accepted = await this.accept(accountId, wanted);
    return ids.map((id, n) => {
      const status = earlier.get(id) ?? accepted.get(id);
      if (status instanceof Refusal) return status;
      if (status !== undefined) return { id, status };
      const draft = drafts[n];
      if (draft instanceof Refusal) return draft;
      throw new Error(`entry ${n} was neither accepted nor refused`);
    });
  }

  /** By id, the status of each that is a job now, or why it is none. */
  private async accept(accountId: string, drafts: readonly Draft[]): Promise<Map<string, string | Refusal>> {
    if (drafts.length === 0) return new Map();
    const jobs = drafts.map(({ job }) => job);
    const admissions = await acceptWithinQuotas(this.database, accountId, jobs);
    const idsOf = (kind: Admission['kind']) => jobs.filter((_, n) => admissions[n]?.kind === kind).map(({ id }) => id);
    const created = idsOf('created');
    const waiting = new Set(jobs.filter(({ dependencies }) => dependencies.length > 0).map(({ id }) => id));
    if (created.length > 0) {
      const ready = created.filter((id) => !waiting.has(id));
      if (ready.length > 0) this.publisher.send(planningWanted, { job_ids: ready });
      this.relay.wake();
    }
    const older = idsOf('exists');
    const statuses = new Map<string, string | Refusal>(
      older.length > 0 ? await readJobStatuses(this.database, accountId, older) : [],
    );
    for (const [n, job] of jobs.entries()) {
      const refusal = admissions[n] && refusalOf(admissions[n], job);
      if (refusal) statuses.set(job.id, refusal);
    }
    for (const id of created) statuses.set(id, waiting.has(id) ? 'queued' : 'planning');
    return statuses;
  }
}
