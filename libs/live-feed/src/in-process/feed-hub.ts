import type { LiveEntry } from '@computalot/contracts';
import type { FeedLimits } from '../feed-limits.js';
import type { OnEntries } from '../live-feed.js';
import { JobRing, type RingPage } from './job-ring.js';

const PAGE = 256;

export interface HubFollower {
  readonly jobId: string;
  readonly onEntries: OnEntries;
  readonly onError: (error: Error) => void;
  cursor: string | null;
  closed: boolean;
}

interface JobFeed {
  ring: JobRing | null;
  readonly followers: Set<HubFollower>;
  appendedAt_ms: number;
}

/** All feeds of one name in this process. Followers are served once per tick, never inside `append`. */
export class FeedHub {
  /** In order of the last append. */
  private readonly feeds = new Map<string, JobFeed>();
  private bytes = 0;
  private readonly awaiting = new Set<HubFollower>();
  private readonly sweep: NodeJS.Timeout;
  private sequence = 0;
  private isDeliveryDue = false;

  constructor(
    private readonly limits: FeedLimits,
    private readonly now: () => number = Date.now,
    private readonly epoch: number = now(),
  ) {
    this.sweep = setInterval(() => this.dropIdle(), Math.max(1, limits.idleTtl_s / 4) * 1_000).unref();
  }

  append(jobId: string, entries: readonly LiveEntry[]): void {
    const feed = this.feedOf(jobId);
    const ring = (feed.ring ??= new JobRing(this.epoch, this.sequence, this.limits));
    const before = ring.bytes;
    for (const entry of entries) ring.append(++this.sequence, entry);
    this.bytes += ring.bytes - before;
    feed.appendedAt_ms = this.now();
    this.feeds.delete(jobId);
    this.feeds.set(jobId, feed);
    this.dropOldest(jobId);
    for (const follower of feed.followers) this.deliverSoon(follower);
  }

  read(jobId: string, position: string | null, limit: number): RingPage {
    const ring = this.feeds.get(jobId)?.ring;
    return ring ? ring.after(position, limit) : { entries: [], gap: position !== null, cursor: null };
  }

  tail(jobId: string): string | null {
    return this.feeds.get(jobId)?.ring?.tail() ?? null;
  }

  follow(follower: HubFollower): void {
    this.feedOf(follower.jobId).followers.add(follower);
    this.deliverSoon(follower);
  }

  unfollow(follower: HubFollower): void {
    follower.closed = true;
    this.awaiting.delete(follower);
    const feed = this.feeds.get(follower.jobId);
    feed?.followers.delete(follower);
    if (feed && !feed.ring && feed.followers.size === 0) this.feeds.delete(follower.jobId);
  }

  /** Forgets feeds that nobody follows and nobody wrote to for the idle time; returns how many. */
  dropIdle(): number {
    const before = this.feeds.size;
    for (const [jobId, feed] of this.feeds) {
      const isIdle = this.now() - feed.appendedAt_ms >= this.limits.idleTtl_s * 1_000;
      if (isIdle && feed.followers.size === 0) this.drop(jobId, feed);
    }
    return before - this.feeds.size;
  }

  close(): void {
    clearInterval(this.sweep);
    this.feeds.clear();
    this.awaiting.clear();
  }

  /** Keeps all feeds together within bounds. Whoever still wants a dropped one finds a gap, and takes a snapshot. */
  private dropOldest(newest: string): void {
    for (const [jobId, feed] of this.feeds) {
      if (this.bytes <= this.limits.maxTotalBytes) return;
      if (jobId !== newest && feed.followers.size === 0) this.drop(jobId, feed);
    }
  }

  private drop(jobId: string, feed: JobFeed): void {
    this.bytes -= feed.ring?.bytes ?? 0;
    this.feeds.delete(jobId);
  }

  private feedOf(jobId: string): JobFeed {
    let feed = this.feeds.get(jobId);
    if (!feed) this.feeds.set(jobId, (feed = { ring: null, followers: new Set(), appendedAt_ms: this.now() }));
    return feed;
  }

  private deliverSoon(follower: HubFollower): void {
    this.awaiting.add(follower);
    if (this.isDeliveryDue) return;
    this.isDeliveryDue = true;
    setImmediate(() => {
      this.isDeliveryDue = false;
      const due = [...this.awaiting];
      this.awaiting.clear();
      for (const next of due) this.deliver(next);
    });
  }

  /** One page per tick and follower, so that a long catch-up does not hold up the others. */
  private deliver(follower: HubFollower): void {
    if (follower.closed) return;
    const page = this.read(follower.jobId, follower.cursor, PAGE);
    follower.cursor = page.cursor;
    if (page.entries.length === PAGE) this.deliverSoon(follower);
    if (page.entries.length === 0 && !page.gap) return;
    try {
      follower.onEntries(page.entries, page.gap);
    } catch (error) {
      follower.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
