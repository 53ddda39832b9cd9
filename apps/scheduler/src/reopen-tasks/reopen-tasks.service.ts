import {
  DATABASE,
  JobDelta,
  foldAgain,
  listReopeningJobs,
  queueReopenedTasks,
  settleJobs,
  type Database,
  type Settled,
} from '@computalot/database';
import { Inject, Injectable } from '@nestjs/common';
import { AnnounceChanges } from '../announce-changes/announce-changes.service.js';

/** Rows of one slice: a transaction of some ten milliseconds, for which claims and reports of the job wait. */
const SLICE = 2_000;

/**
 * Queues the failed tasks of jobs that were opened again. To readers they are queued since the job was opened; here their rows follow, slice by
 * slice. Safe to repeat and to run twice at once: each slice goes on where the last one ended.
 */
@Injectable()
export class ReopenTasks {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly changes: AnnounceChanges,
  ) {}

  /** Every job with tasks still to be moved. Returns how many were. `onSlice` is called after each slice. */
  async runOnce(onSlice: () => void): Promise<number> {
    let moved = 0;
    for (const jobId of await listReopeningJobs(this.database)) moved += await this.reopen(jobId, onSlice);
    return moved;
  }

  async reopen(jobId: string, onSlice: () => void): Promise<number> {
    const facts = await this.changes.factsOf([jobId]);
    for (let moved = 0; ;) {
      const step = await this.database.transaction(async (tx) => {
        const slice = await queueReopenedTasks(tx, jobId, SLICE);
        // Failed tasks were part of the aggregate; with the last of them gone it is made again.
        if (slice?.aggregates && slice.reopening === 0) await foldAgain(tx, jobId);
        // Nothing is added: the slice has counted itself. A job whose tasks were all cancelled by it ends here.
        return slice && { slice, settled: await settleJobs(tx, new Map([[jobId, new JobDelta()]]), facts) };
      });
      if (!step) return moved;
      this.announce(step.settled, onSlice);
      moved += step.slice.count;
      if (step.slice.reopening === 0) return moved;
    }
  }

  private announce(settled: Settled, onSlice: () => void): void {
    this.changes.announce(settled);
    onSlice();
  }
}
