import { planningWanted } from '@computalot/contracts';
import { acceptJobs, DATABASE, readJobStatuses, type Acceptance, type Database } from '@computalot/database';
import { OUTBOX_RELAY, PUBLISHER, type OutboxRelay, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import type { Creation } from '../answer-once/answer-once.service.js';
import { Refusal } from '../problems/refusal.js';
import { noSuchProject } from '../submit-job/check-target.js';
import { DraftJobs, type Draft } from '../submit-job/draft-jobs.service.js';
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
      return status === undefined ? refusalOf(drafts[n]) : { id, status };
    });
  }

  /** Statuses of those that are jobs now, by id. */
  private async accept(accountId: string, drafts: readonly Draft[]): Promise<Map<string, string>> {
    if (drafts.length === 0) return new Map();
    const jobs = drafts.map(({ job }) => job);
    const acceptances = await acceptJobs(this.database, accountId, jobs);
    const idsOf = (kind: Acceptance['kind']) =>
      jobs.filter((_, n) => acceptances[n]?.kind === kind).map(({ id }) => id);
    const created = idsOf('created');
    const waiting = new Set(jobs.filter(({ dependencies }) => dependencies.length > 0).map(({ id }) => id));
    if (created.length > 0) {
      const ready = created.filter((id) => !waiting.has(id));
      if (ready.length > 0) this.publisher.send(planningWanted, { job_ids: ready });
      this.relay.wake();
    }
    const older = idsOf('exists');
    const statuses =
      older.length > 0 ? await readJobStatuses(this.database, accountId, older) : new Map<string, string>();
    for (const id of created) statuses.set(id, waiting.has(id) ? 'queued' : 'planning');
    return statuses;
  }
}

/** A draft that did not become a job had its project deleted under it. */
function refusalOf(draft: Draft | Refusal | undefined): Refusal {
  return draft instanceof Refusal ? draft : noSuchProject(draft?.job.project.name ?? '');
}
