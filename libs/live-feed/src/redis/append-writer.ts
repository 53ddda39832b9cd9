import type { LiveEntry } from '@computalot/contracts';
import type { Redis } from 'ioredis';
import type { FeedLimits } from '../feed-limits.js';
import { splitOutput } from '../split-output.js';
import { breakSilence, COMMAND_SILENCE_MS } from './break-silence.js';
import { ENTRY_AFTER_LOSS_FIELD, ENTRY_FIELD } from './entry-codec.js';
import type { FeedKeys } from './feed-keys.js';
import { PendingEntries, type PendingEntry } from './pending-entries.js';
import { TrimPlanner } from './trim-plan.js';

const MAX_BATCH_ENTRIES = 1_024;
const MAX_BATCH_BYTES = 2 * 1024 * 1024;
const MAX_LOSSY_JOBS = 10_000;

/**
 * Writes all appends of a tick in one pipeline; what arrives while it is under way goes into the next. A pipeline that fails half-way is not
 * repeated, because a lost entry is better than a doubled one: the job's next entry carries the loss to its readers.
 */
export class AppendWriter {
  droppedEntries = 0;
  private readonly pending: PendingEntries;
  private readonly trims: TrimPlanner;
  private readonly lossyJobs = new Set<string>();
  private waiters: { readonly until: number; readonly resolve: () => void }[] = [];
  private appended = 0;
  private settled = 0;
  private isSending = false;
  private isSendDue = false;

  constructor(
    private readonly redis: Redis,
    private readonly keys: FeedKeys,
    private readonly limits: FeedLimits,
    private readonly onError: (error: Error) => void,
  ) {
    this.trims = new TrimPlanner(limits);
    this.pending = new PendingEntries(limits.maxPendingBytes, (entry) => this.lose(entry));
    redis.on('ready', () => {
      this.trims.forget();
      this.sendSoon();
    });
    redis.on('close', () => this.release());
  }

  append(jobId: string, entries: readonly LiveEntry[]): void {
    for (const entry of splitOutput(entries)) {
      this.appended++;
      this.pending.add(jobId, entry);
    }
    this.sendSoon();
  }

  /** Resolves when what was appended so far is sent or lost, or the connection is down. */
  async flush(): Promise<void> {
    const isAway =
      this.redis.status !== 'ready' && this.redis.status !== 'connect' && this.redis.status !== 'connecting';
    if (this.settled >= this.appended || isAway) return;
    await new Promise<void>((resolve) => this.waiters.push({ until: this.appended, resolve }));
  }

  private sendSoon(): void {
    if (this.isSendDue || this.isSending) return;
    this.isSendDue = true;
    setImmediate(() => {
      this.isSendDue = false;
      void this.send();
    });
  }

  private async send(): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    while (this.redis.status === 'ready' && this.pending.count > 0) {
      await this.sendBatch(this.pending.take(MAX_BATCH_ENTRIES, MAX_BATCH_BYTES));
      this.releaseSettled();
    }
    this.isSending = false;
  }

  private async sendBatch(batch: readonly PendingEntry[]): Promise<void> {
    const pipeline = this.redis.pipeline();
    const expiring = new Set<string>();
    for (const { jobId, text, isLast } of batch) {
      const { maxLength, isExpireDue } = this.trims.plan(jobId, text.length, isLast);
      const field = this.lossyJobs.delete(jobId) ? ENTRY_AFTER_LOSS_FIELD : ENTRY_FIELD;
      pipeline.xadd(this.keys.job(jobId), 'MAXLEN', '~', maxLength, '*', field, text);
      if (isExpireDue) expiring.add(jobId);
    }
    for (const jobId of expiring) pipeline.expire(this.keys.job(jobId), this.limits.idleTtl_s);
    const results = await breakSilence(this.redis, COMMAND_SILENCE_MS, pipeline.exec()).catch((error: unknown) =>
      batch.map(() => [error] as const),
    );
    batch.forEach((entry, index) => {
      const failure = results?.[index]?.[0];
      if (failure) this.lose(entry);
      else this.settled++;
    });
    const failure = results?.find(([error]) => error)?.[0];
    if (failure) this.onError(failure instanceof Error ? failure : new Error(String(failure)));
  }

  private lose(entry: PendingEntry): void {
    this.droppedEntries++;
    this.settled++;
    if (this.lossyJobs.size < MAX_LOSSY_JOBS) this.lossyJobs.add(entry.jobId);
  }

  private releaseSettled(): void {
    const open = this.waiters.filter((waiter) => waiter.until > this.settled);
    const done = this.waiters.filter((waiter) => waiter.until <= this.settled);
    this.waiters = open;
    for (const waiter of done) waiter.resolve();
  }

  private release(): void {
    const done = this.waiters;
    this.waiters = [];
    for (const waiter of done) waiter.resolve();
  }
}
