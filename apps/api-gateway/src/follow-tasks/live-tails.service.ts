import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { Inject, Injectable } from '@nestjs/common';
import { TaskTails } from './task-tails.js';

const PAGE = 500;
const MAX_JOBS = 200;

interface Followed {
  readonly tails: TaskTails;
  position: string | null;
  /** Readers that come meanwhile share one catching up. */
  catchingUp: Promise<void> | undefined;
}

/** The live state of jobs that somebody asks for, caught up on demand: a second reader pays only for what is new. */
@Injectable()
export class LiveTails {
  private readonly jobs = new Map<string, Followed>();

  constructor(@Inject(LIVE_FEED) private readonly feed: LiveFeed) {}

  /** As far as the feed knows; what it knew last when it is away. The tails are shared: look, don't keep. */
  async of(jobId: string): Promise<{ readonly tails: TaskTails; readonly position: string | null }> {
    const job = this.jobs.get(jobId) ?? { tails: new TaskTails(), position: null, catchingUp: undefined };
    this.jobs.delete(jobId);
    this.jobs.set(jobId, job);
    this.forgetOldest();
    job.catchingUp ??= this.catchUp(jobId, job).finally(() => (job.catchingUp = undefined));
    await job.catchingUp.catch(() => undefined);
    return job;
  }

  private async catchUp(jobId: string, job: Followed): Promise<void> {
    for (;;) {
      const { entries, gap } = await this.feed.read(jobId, job.position, PAGE);
      const now = Date.now();
      for (const { entry } of entries) job.tails.apply(entry, now);
      const last = entries.at(-1);
      if (last) job.position = last.position;
      // The position is not of this feed any more: it was dropped, and may have begun anew.
      else if (gap) job.position = await this.feed.tail(jobId);
      if (entries.length < PAGE) return;
    }
  }

  private forgetOldest(): void {
    if (this.jobs.size <= MAX_JOBS) return;
    const [oldest] = this.jobs.keys();
    if (oldest !== undefined) this.jobs.delete(oldest);
  }
}
