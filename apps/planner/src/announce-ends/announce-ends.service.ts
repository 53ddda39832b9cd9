import { closingWanted, type LiveEntry } from '@computalot/contracts';
import { taskStates, type CountedJob, type Settled } from '@computalot/database';
import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { OUTBOX_RELAY, PUBLISHER, type OutboxRelay, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';

/** What follows a commit that ended jobs or their last tasks: the relay is woken, watchers and the planner are told. */
@Injectable()
export class AnnounceEnds {
  constructor(
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
    @Inject(PUBLISHER) private readonly publisher: Pick<Publisher, 'send'>,
  ) {}

  announce({ jobs, finished, toClose }: Settled): void {
    if (jobs.length === 0) return;
    this.relay.wake();
    for (const job_id of toClose) this.publisher.send(closingWanted, { job_id });
    const counted = new Map(jobs.map((job) => [job.id, job]));
    for (const { id, status } of finished) this.feed.append(id, [terminalEntry(status, counted.get(id))]);
  }
}

function terminalEntry(status: string, job: CountedJob | undefined): LiveEntry {
  const task_counts = job ? Object.fromEntries(taskStates.map((state) => [state, job[state]])) : {};
  return { kind: 'job', status, task_counts, terminal: true };
}
