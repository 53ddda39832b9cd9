import { DATABASE, JobDelta, queueDueRetries, settleJobs, type Database, nothingSettled } from '@computalot/database';
import { Inject, Injectable } from '@nestjs/common';
import { AnnounceChanges } from '../announce-changes/announce-changes.service.js';

/** Makes tasks claimable again whose backoff is over. */
@Injectable()
export class QueueRetries {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly changes: AnnounceChanges,
  ) {}

  /** Returns how many tasks became claimable. */
  async runOnce(): Promise<number> {
    const { settled, queued } = await this.database.transaction(async (tx) => {
      const due = await queueDueRetries(tx);
      if (due.length === 0) return { settled: nothingSettled, queued: 0 };
      const deltas = new Map(
        due.map(({ job_id, count }) => {
          const delta = new JobDelta();
          delta.move('retrying', 'queued', count);
          return [job_id, delta];
        }),
      );
      const settled = await settleJobs(tx, deltas, await this.changes.factsOf(deltas.keys(), tx));
      return { settled, queued: due.reduce((sum, { count }) => sum + count, 0) };
    });
    this.changes.announce(settled);
    return queued;
  }
}
