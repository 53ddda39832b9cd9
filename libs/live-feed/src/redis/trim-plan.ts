import type { FeedLimits } from '../feed-limits.js';

const MAX_REMEMBERED_JOBS = 10_000;
/** Weight of the newest entry in the running mean of entry sizes. */
const NEWEST_WEIGHT = 0.1;

interface JobTrim {
  meanBytes: number;
  expireSetAt_ms: number;
}

export interface AppendPlan {
  /** For XADD MAXLEN ~: so many entries of the present mean size stay below the byte limit. */
  readonly maxLength: number;
  /** Whether the stream's expiry is due to be set again. */
  readonly isExpireDue: boolean;
}

/** Decides, per entry written, how far to trim and when to renew the key's expiry: once a quarter of it, and after the last entry of a job. */
export class TrimPlanner {
  private readonly jobs = new Map<string, JobTrim>();

  constructor(
    private readonly limits: FeedLimits,
    private readonly now: () => number = Date.now,
  ) {}

  plan(jobId: string, bytes: number, isLast: boolean): AppendPlan {
    const job = this.jobs.get(jobId) ?? this.remember(jobId, bytes);
    job.meanBytes += (bytes - job.meanBytes) * NEWEST_WEIGHT;
    const fitting = Math.floor(this.limits.maxBytes / Math.max(1, job.meanBytes));
    const isExpireDue = isLast || this.now() - job.expireSetAt_ms >= (this.limits.idleTtl_s * 1_000) / 4;
    if (isExpireDue) job.expireSetAt_ms = this.now();
    if (isLast) this.jobs.delete(jobId);
    return { maxLength: Math.min(this.limits.maxEntries, Math.max(this.limits.minEntries, fitting)), isExpireDue };
  }

  /** After a reconnect nothing is certain about the keys: every expiry is set again at the next write. */
  forget(): void {
    this.jobs.clear();
  }

  private remember(jobId: string, bytes: number): JobTrim {
    if (this.jobs.size >= MAX_REMEMBERED_JOBS) this.jobs.delete(this.jobs.keys().next().value!);
    const job = { meanBytes: bytes, expireSetAt_ms: -Infinity };
    this.jobs.set(jobId, job);
    return job;
  }
}
