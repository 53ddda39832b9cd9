import {
  DATABASE,
  JobDelta,
  cancelUnplannedJob,
  cancelWaitingTasks,
  failUnstartedTasks,
  endedUnplannedEvent,
  expireWaitingJob,
  insertEvents,
  readJobsPastQueueDeadline,
  readJobsToStop,
  settleJobs,
  type Database,
  type Queryable,
} from '@computalot/database';
import { Inject, Injectable } from '@nestjs/common';
import { AnnounceChanges } from '../announce-changes/announce-changes.service.js';

/** Tasks of one transaction: some ten milliseconds, after which whoever waits for the job or the disk has its turn. */
export const END_SLICE = 5_000;

/**
 * Ends the tasks that no worker holds of jobs that are asked to end, and those that waited too long, slice by slice. Nobody places tasks of a
 * job that is asked to end, so that how long this takes is nobody's concern but the reader's of its counts. Safe to repeat and to share.
 */
@Injectable()
export class EndWaitingTasks {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly changes: AnnounceChanges,
  ) {}

  /** One slice of each such job, so that a large one keeps none waiting. Returns how many jobs it touched and how many are to go on with at once. */
  async runOnce(): Promise<{ touched: number; unfinished: number }> {
    const cancelled = await readJobsToStop(this.database, null);
    const expired = await readJobsPastQueueDeadline(this.database);
    let unfinished = 0;
    for (const jobId of cancelled) if (await this.cancelSlice(jobId)) unfinished += 1;
    for (const { id, waits } of expired)
      if (await (waits ? this.expireWaiting(id) : this.expireSlice(id))) unfinished += 1;
    return { touched: cancelled.length + expired.length, unfinished };
  }

  /** True when there may be more. */
  async cancelSlice(jobId: string): Promise<boolean> {
    if (await this.endUnplanned(jobId, 'cancelled', (tx) => cancelUnplannedJob(tx, jobId))) return false;
    return this.endSlice(jobId, async (tx, delta) => {
      const ended = await cancelWaitingTasks(tx, jobId, END_SLICE);
      for (const { state, count } of ended) delta.move(state, 'cancelled', count);
      return ended.some(({ count }) => count === END_SLICE);
    });
  }

  private expireSlice(jobId: string): Promise<boolean> {
    const error = { code: 'queue_timeout', message: 'The task did not start within queue_timeout_s.' };
    return this.endSlice(jobId, async (tx, delta) => {
      const count = await failUnstartedTasks(tx, jobId, { error }, END_SLICE);
      delta.move('queued', 'failed', count);
      return count === END_SLICE;
    });
  }

  /** `end` returns whether the slice was full. Of a slice that changed nothing nobody is told: another scheduler may have ended the job. */
  private async endSlice(jobId: string, end: (tx: Queryable, delta: JobDelta) => Promise<boolean>): Promise<boolean> {
    const facts = await this.changes.factsOf([jobId]);
    const { settled, isFull, isEmpty } = await this.database.transaction(async (tx) => {
      const delta = new JobDelta();
      const isFull = await end(tx, delta);
      const isEmpty = Object.values(delta.counts).every((count) => count === 0);
      return { isFull, isEmpty, settled: await settleJobs(tx, new Map([[jobId, delta]]), facts) };
    });
    if (!isEmpty || settled.finished.length + settled.toClose.length > 0) this.changes.announce(settled);
    return isFull;
  }

  private async expireWaiting(jobId: string): Promise<false> {
    const message = 'What the job depends on did not end within queue_timeout_s.';
    await this.endUnplanned(jobId, 'failed', (tx) => expireWaitingJob(tx, jobId, { code: 'queue_timeout', message }));
    return false;
  }

  /** A job without tasks ends as a whole; false when `end` finds that it has some, or has ended. */
  private async endUnplanned(
    jobId: string,
    status: 'failed' | 'cancelled',
    end: (tx: Queryable) => Promise<boolean>,
  ): Promise<boolean> {
    const facts = (await this.changes.factsOf([jobId])).get(jobId);
    if (!facts) return false;
    const hasEnded = await this.database.transaction(async (tx) => {
      if (!(await end(tx))) return false;
      await insertEvents(tx, [endedUnplannedEvent({ ...facts, finished_at: new Date() }, status)]);
      return true;
    });
    if (hasEnded) this.changes.announceUnplanned(jobId, status);
    return hasEnded;
  }
}
