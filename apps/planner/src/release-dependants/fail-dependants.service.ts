import {
  DATABASE,
  endedUnplannedEvent,
  failWaitingJobsIfOpen,
  insertEvents,
  listDoomedJobs,
  readFailedDependencies,
  type Database,
  type DependenciesNamed,
  type EndedUnplanned,
} from '@computalot/database';
import { describeChain, failureChains } from '@computalot/jobs';
import { encodeId } from '@computalot/kernel';
import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';

/** Jobs ended in one transaction: a DAG behind one failure may be of any size. */
const JOBS_AT_ONCE = 2_000;
/** Events in one row of the outbox. */
const EVENTS_PER_ROW = 200;

/** Ends waiting jobs that can never run, however deep the chain that leads to them, and says why. */
@Injectable()
export class FailDependants {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
    @Inject(LIVE_FEED) private readonly feed: Pick<LiveFeed, 'append'>,
  ) {}

  /** Ends a part of them, the nearest ones first. Returns their ids. */
  async failDoomed(named: DependenciesNamed, most = JOBS_AT_ONCE): Promise<string[]> {
    const doomed = await listDoomedJobs(this.database, named, most);
    if (doomed.length === 0) return [];
    const ended = await this.end(doomed);
    this.relay.wake();
    for (const { id } of ended) {
      this.feed.append(id, [{ kind: 'job', status: 'failed', task_counts: {}, terminal: true }]);
    }
    return ended.map(({ id }) => id);
  }

  private end(doomed: readonly string[]): Promise<EndedUnplanned[]> {
    return this.database.transaction(async (tx) => {
      const chains = failureChains(await readFailedDependencies(tx, doomed));
      const jobs = [...chains].map(([id, chain]) => {
        const message = describeChain(encodeId('job', id), chain);
        return { id, error: { code: 'dependency_failed', message, chain } };
      });
      const ended = await failWaitingJobsIfOpen(tx, jobs);
      const events = ended.map((job) => endedUnplannedEvent(job, 'failed'));
      for (let at = 0; at < events.length; at += EVENTS_PER_ROW) {
        await insertEvents(tx, events.slice(at, at + EVENTS_PER_ROW));
      }
      return ended;
    });
  }
}
