import type { Redis } from 'ioredis';
import type { FeedSubscription, OnEntries, PositionedEntry } from '../live-feed.js';
import { comparePositions } from '../position.js';
import { decodeEntries } from './entry-codec.js';
import type { FeedKeys } from './feed-keys.js';
import { readPage } from './read-page.js';
import { READ_COUNT, type StreamAnswer, type StreamReader } from './stream-reader.js';

const START = '0-0';
const RETRY_MS = 250;

/**
 * Catching up: pages of the command connection, which see gaps exactly. Following: the shared blocking read. A subscriber changes from one to the
 * other by its cursor alone, so there is neither a hole nor a repeat between them; whoever falls behind, or loses the connection, catches up again.
 */
interface Follower {
  readonly key: string;
  readonly onEntries: OnEntries;
  cursor: string | null;
  state: 'behind' | 'catching-up' | 'following' | 'closed';
}

export interface FollowerConnections {
  readonly commands: Redis;
  /** Connects at the first subscription. */
  readonly reading: Redis;
  readonly reader: StreamReader;
}

/** Serves all subscriptions of the process. */
export class StreamFollower {
  private readonly byKey = new Map<string, Set<Follower>>();
  private retry: NodeJS.Timeout | undefined;
  private isReading = false;
  private isClosed = false;

  constructor(
    private readonly connections: FollowerConnections,
    private readonly keys: FeedKeys,
    private readonly onError: (error: Error) => void,
  ) {
    // Whatever was in flight is gone with a connection: everybody looks again from their own cursor.
    connections.commands.on('ready', () => this.rewindAll());
    connections.reading.on('ready', () => this.rewindAll());
  }

  subscribe(jobId: string, position: string | null, onEntries: OnEntries): FeedSubscription {
    const key = this.keys.job(jobId);
    const follower: Follower = { key, onEntries, cursor: position, state: this.isClosed ? 'closed' : 'behind' };
    if (this.isClosed) return { close: () => undefined };
    const followers = this.byKey.get(key) ?? new Set();
    this.byKey.set(key, followers.add(follower));
    if (this.connections.reading.status === 'wait') this.connections.reading.connect().catch(() => undefined);
    void this.catchUp(follower);
    return { close: () => this.unsubscribe(follower) };
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.retry);
    for (const followers of this.byKey.values()) for (const follower of followers) follower.state = 'closed';
    this.byKey.clear();
  }

  private unsubscribe(follower: Follower): void {
    follower.state = 'closed';
    const followers = this.byKey.get(follower.key);
    followers?.delete(follower);
    if (followers?.size === 0) this.byKey.delete(follower.key);
  }

  private async catchUp(follower: Follower): Promise<void> {
    if (follower.state !== 'behind') return;
    follower.state = 'catching-up';
    try {
      let isFull = true;
      while (isFull && isOpen(follower)) {
        const page = await readPage(this.connections.commands, follower.key, follower.cursor, READ_COUNT);
        this.deliver(follower, page.entries, page.gap);
        follower.cursor = page.cursor;
        isFull = page.isFull;
      }
      if (!isOpen(follower)) return;
      follower.state = 'following';
      this.connections.reader.cover(follower.key, follower.cursor ?? START);
      void this.readWhileFollowed();
    } catch (error) {
      if (isOpen(follower)) follower.state = 'behind';
      this.onError(error instanceof Error ? error : new Error(String(error)));
      this.retrySoon();
    }
  }

  /** One loop at a time; it ends when nobody follows, and begins again with the next who does. */
  private async readWhileFollowed(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    try {
      let cursors = this.cursors();
      while (cursors.size > 0 && !this.isClosed && this.connections.reading.status === 'ready') {
        for (const answer of await this.connections.reader.read(cursors))
          this.take(answer, cursors.get(answer.key) ?? START);
        cursors = this.cursors();
      }
    } catch (error) {
      if (!this.isClosed) this.onError(error instanceof Error ? error : new Error(String(error)));
      this.retrySoon();
    } finally {
      this.isReading = false;
    }
  }

  /** Per stream the position of its hindmost follower. */
  private cursors(): Map<string, string> {
    const cursors = new Map<string, string>();
    for (const [key, followers] of this.byKey) {
      for (const { state, cursor } of followers) {
        if (state !== 'following') continue;
        const hindmost = cursors.get(key);
        if (hindmost === undefined || comparePositions(cursor ?? START, hindmost) < 0)
          cursors.set(key, cursor ?? START);
      }
    }
    return cursors;
  }

  private take({ key, entries }: StreamAnswer, readFrom: string): void {
    // Who joined during the read with an earlier cursor needs what lies before this answer first: the next read begins there.
    const followers = [...(this.byKey.get(key) ?? [])].filter(
      ({ state, cursor }) => state === 'following' && comparePositions(cursor ?? START, readFrom) >= 0,
    );
    if (entries.length >= READ_COUNT) {
      // Too many at once to know that none were trimmed in between.
      for (const follower of followers) this.rewind(follower);
      return;
    }
    const decoded = decodeEntries(entries);
    const last = entries.at(-1)?.[0] ?? START;
    for (const follower of followers) {
      const after = follower.cursor ?? START;
      const fresh = decoded.entries.filter(({ position }) => comparePositions(position, after) > 0);
      this.deliver(follower, fresh, decoded.isAfterLoss && fresh.length > 0);
      if (comparePositions(last, after) > 0) follower.cursor = last;
    }
  }

  private deliver(follower: Follower, entries: readonly PositionedEntry[], gap: boolean): void {
    if (!isOpen(follower) || (entries.length === 0 && !gap)) return;
    try {
      follower.onEntries(entries, gap);
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private rewind(follower: Follower): void {
    if (follower.state === 'following') follower.state = 'behind';
    void this.catchUp(follower);
  }

  private rewindAll(): void {
    for (const followers of this.byKey.values()) for (const follower of followers) this.rewind(follower);
  }

  /** A backstop for faults that no reconnect announces the end of. */
  private retrySoon(): void {
    if (this.isClosed) return;
    this.retry ??= setTimeout(() => {
      this.retry = undefined;
      for (const followers of this.byKey.values()) for (const follower of followers) void this.catchUp(follower);
      void this.readWhileFollowed();
    }, RETRY_MS);
  }
}

function isOpen(follower: Follower): boolean {
  return follower.state !== 'closed';
}
