import { CANCEL_GRACE_S, workerCancel } from '@computalot/contracts';
import {
  DATABASE,
  JobDelta,
  cancelUnplannedJob,
  cancelWaitingTasks,
  endedUnplannedEvent,
  expireWaitingJob,
  failUnstartedTasks,
  insertEvents,
  readJobsPastQueueDeadline,
  readJobsToStop,
  readWorkersOfJob,
  settleJobs,
  type Database,
  type Queryable,
} from '@computalot/database';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { AnnounceChanges } from '../announce-changes/announce-changes.service.js';

/**
 * Ends what is asked to end: waiting tasks at once, running ones through their workers. Safe to repeat; the backstop repeats it until the
 * job is terminal, whatever message got lost.
 */
@Injectable()
export class StopJobs {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    private readonly changes: AnnounceChanges,
  ) {}

  /** Every open job whose cancellation is requested, and every queue deadline that has passed. Returns how many jobs it touched. */
  async runOnce(): Promise<number> {
    const cancelled = await readJobsToStop(this.database, null);
    for (const jobId of cancelled) await this.stop(jobId);
    const expired = await readJobsPastQueueDeadline(this.database);
    for (const { id, waits } of expired) await (waits ? this.expireWaiting(id) : this.expire(id));
    return cancelled.length + expired.length;
  }

  async stop(jobId: string): Promise<void> {
    const [open] = await readJobsToStop(this.database, jobId);
    if (!open) return;
    const facts = await this.changes.factsOf([jobId]);
    if (await this.endUnplanned(jobId, 'cancelled', (tx) => cancelUnplannedJob(tx, jobId))) return;
    this.changes.announce(
      await this.database.transaction(async (tx) => {
        const delta = new JobDelta();
        for (const { state, count } of await cancelWaitingTasks(tx, jobId)) delta.move(state, 'cancelled', count);
        return settleJobs(tx, new Map([[jobId, delta]]), facts);
      }),
    );
    for (const workerId of await readWorkersOfJob(this.database, jobId)) {
      this.publisher.send(workerCancel, { jobs: [jobId], attempts: [], grace_s: CANCEL_GRACE_S }, workerId);
    }
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

  private async expireWaiting(jobId: string): Promise<void> {
    const message = 'What the job depends on did not end within queue_timeout_s.';
    const error = { code: 'queue_timeout', message };
    await this.endUnplanned(jobId, 'failed', (tx) => expireWaitingJob(tx, jobId, error));
  }

  private async expire(jobId: string): Promise<void> {
    const facts = await this.changes.factsOf([jobId]);
    const error = { code: 'queue_timeout', message: 'The task did not start within queue_timeout_s.' };
    this.changes.announce(
      await this.database.transaction(async (tx) => {
        const delta = new JobDelta();
        delta.move('queued', 'failed', await failUnstartedTasks(tx, jobId, { error }));
        return settleJobs(tx, new Map([[jobId, delta]]), facts);
      }),
    );
  }
}
