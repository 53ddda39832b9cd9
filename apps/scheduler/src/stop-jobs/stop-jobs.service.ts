import { CANCEL_GRACE_S, jobFinishedEvent, workerCancel } from '@computalot/contracts';
import {
  DATABASE,
  JobDelta,
  cancelUnplannedJob,
  cancelWaitingTasks,
  failUnstartedTasks,
  insertEvents,
  nothingSettled,
  readJobsPastQueueDeadline,
  readJobsToStop,
  readWorkersOfJob,
  settleJobs,
  type Database,
  type Queryable,
  type Settled,
} from '@computalot/database';
import { encodeId, newUuid } from '@computalot/kernel';
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
    for (const jobId of expired) await this.expire(jobId);
    return cancelled.length + expired.length;
  }

  async stop(jobId: string): Promise<void> {
    const [open] = await readJobsToStop(this.database, jobId);
    if (!open) return;
    const facts = await this.changes.factsOf([jobId]);
    this.changes.announce(
      await this.database.transaction(async (tx) => {
        if (await cancelUnplannedJob(tx, jobId)) return this.announceUnplanned(tx, jobId);
        const delta = new JobDelta();
        for (const { state, count } of await cancelWaitingTasks(tx, jobId)) delta.move(state, 'cancelled', count);
        return settleJobs(tx, new Map([[jobId, delta]]), facts);
      }),
    );
    for (const workerId of await readWorkersOfJob(this.database, jobId)) {
      this.publisher.send(workerCancel, { jobs: [jobId], attempts: [], grace_s: CANCEL_GRACE_S }, workerId);
    }
  }

  private async announceUnplanned(tx: Queryable, jobId: string): Promise<Settled> {
    const facts = (await this.changes.factsOf([jobId], tx)).get(jobId);
    if (!facts) return nothingSettled;
    const job_id = encodeId('job', jobId);
    const time = new Date().toISOString();
    const data = {
      job_id,
      account_id: encodeId('acc', facts.account_id),
      type: facts.type,
      status: 'cancelled',
      tags: facts.tags,
      task_counts: {},
      finished_at: time,
    };
    await insertEvents(tx, [{ type: jobFinishedEvent.type, id: newUuid(), subject: job_id, time, data }]);
    return nothingSettled;
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
