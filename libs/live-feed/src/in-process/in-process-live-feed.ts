import type { LiveEntry } from '@computalot/contracts';
import type { FeedLimits } from '../feed-limits.js';
import type { FeedSubscription, LiveFeed, OnEntries, PositionedEntry } from '../live-feed.js';
import { splitOutput } from '../split-output.js';
import { FeedHub, type HubFollower } from './feed-hub.js';

const hubs = new Map<string, { readonly hub: FeedHub; users: number }>();

/** A handle on the hub of this name; the hub lives while any handle is open. */
export class InProcessLiveFeed implements LiveFeed {
  readonly droppedEntries = 0;
  private readonly hub: FeedHub;
  private readonly followers = new Set<HubFollower>();
  private isOpen = true;

  constructor(
    private readonly name: string,
    limits: FeedLimits,
    private readonly onError: (error: Error) => void,
  ) {
    const shared = hubs.get(name) ?? { hub: new FeedHub(limits), users: 0 };
    shared.users++;
    hubs.set(name, shared);
    this.hub = shared.hub;
  }

  append(jobId: string, entries: readonly LiveEntry[]): void {
    if (this.isOpen && entries.length > 0) this.hub.append(jobId, splitOutput(entries));
  }

  async read(
    jobId: string,
    position: string | null,
    limit: number,
  ): Promise<{ entries: PositionedEntry[]; gap: boolean }> {
    const { entries, gap } = this.hub.read(jobId, position, limit);
    return { entries, gap };
  }

  async tail(jobId: string): Promise<string | null> {
    return this.hub.tail(jobId);
  }

  subscribe(jobId: string, position: string | null, onEntries: OnEntries): FeedSubscription {
    const follower: HubFollower = { jobId, onEntries, onError: this.onError, cursor: position, closed: false };
    if (this.isOpen) {
      this.followers.add(follower);
      this.hub.follow(follower);
    }
    return {
      close: () => {
        this.followers.delete(follower);
        this.hub.unfollow(follower);
      },
    };
  }

  async flush(): Promise<void> {
    return Promise.resolve();
  }

  isConnected(): boolean {
    return this.isOpen;
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const follower of this.followers) this.hub.unfollow(follower);
    this.followers.clear();
    const shared = hubs.get(this.name)!;
    if (--shared.users > 0) return;
    hubs.delete(this.name);
    this.hub.close();
  }
}
