import type { LiveEntry } from '@computalot/contracts';

/** Injection token of the process's {@link LiveFeed}. */
export const LIVE_FEED = Symbol('LIVE_FEED');

/** One entry with its position; positions of a feed ascend and are opaque outside this library. */
export interface PositionedEntry {
  readonly position: string;
  readonly entry: LiveEntry;
}

export interface FeedSubscription {
  close(): void;
}

/** `gap`: entries were lost before or among these (which may be none); take a snapshot, then go on from the last of these. */
export type OnEntries = (entries: readonly PositionedEntry[], gap: boolean) => void;

/**
 * A window on what is happening: one bounded feed per job (by internal job id). Writing never waits and never fails loudly; entries may be lost
 * when the backend is away, and whoever needs certainty reads Postgres. Reading rejects while the backend is away; subscriptions heal by themselves.
 */
export interface LiveFeed {
  /** Appends in order; pipelined, best effort. Output larger than 64 KiB becomes several entries. */
  append(jobId: string, entries: readonly LiveEntry[]): void;
  /**
   * Entries after `position` (from the oldest kept when null), at most `limit`. `gap` is true when entries between were already dropped,
   * and for a position that is not of this feed (then there may be no entries: go on from {@link tail}).
   */
  read(jobId: string, position: string | null, limit: number): Promise<{ entries: PositionedEntry[]; gap: boolean }>;
  /** The newest position, or null for an empty feed. */
  tail(jobId: string): Promise<string | null>;
  /**
   * New entries after `position` as they arrive, in order, without a hole between catching up and following. Never called back synchronously.
   * One backend connection serves all.
   */
  subscribe(jobId: string, position: string | null, onEntries: OnEntries): FeedSubscription;
  /** Waits until everything appended so far reached the backend, or it is known to be away. */
  flush(): Promise<void>;
  isConnected(): boolean;
  /** Entries this process appended and the backend never confirmed. */
  readonly droppedEntries: number;
  close(): Promise<void>;
}
