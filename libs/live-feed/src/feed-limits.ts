/** How much a feed keeps. Both implementations keep at least {@link FeedLimits.minEntries} and trim roughly, never below. */
export interface FeedLimits {
  /** Entries kept per job. */
  readonly maxEntries: number;
  /** Bytes of encoded entries kept per job, unless that would leave fewer than `minEntries`. */
  readonly maxBytes: number;
  readonly minEntries: number;
  /**
   * In-process only: bytes kept of all jobs together. Beyond it the feeds that were written to least lately go, those with followers last.
   * A Redis is bounded by its own `maxmemory`.
   */
  readonly maxTotalBytes: number;
  /** A job's feed disappears when nothing was appended for this long. */
  readonly idleTtl_s: number;
  /** Encoded bytes that wait in this process while the backend is slow or away; beyond it the oldest are dropped. */
  readonly maxPendingBytes: number;
}

export const defaultFeedLimits: FeedLimits = {
  maxEntries: 2_000,
  maxBytes: 8 * 1024 * 1024,
  minEntries: 64,
  maxTotalBytes: 64 * 1024 * 1024,
  idleTtl_s: 3_600,
  maxPendingBytes: 16 * 1024 * 1024,
};
