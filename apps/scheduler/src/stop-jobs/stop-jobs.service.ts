import { CANCEL_GRACE_S, workerCancel } from '@computalot/contracts';
import { DATABASE, readJobsToStop, readWorkersOfJob, type Database } from '@computalot/database';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';

/**
 * Asks workers to end what runs of jobs that are asked to end. Safe to repeat; the backstop repeats it until the job is terminal, whatever
 * message got lost.
 */
@Injectable()
export class StopJobs {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PUBLISHER) private readonly publisher: Publisher,
  ) {}

  /** Every open job whose cancellation is requested. Returns how many there are. */
  async runOnce(): Promise<number> {
    const jobIds = await readJobsToStop(this.database, null);
    for (const jobId of jobIds) await this.askWorkersOf(jobId);
    return jobIds.length;
  }

  /** False when the job has ended or nobody asks for its end. */
  async stop(jobId: string): Promise<boolean> {
    const [open] = await readJobsToStop(this.database, jobId);
    if (open) await this.askWorkersOf(open);
    return open !== undefined;
  }

  private async askWorkersOf(jobId: string): Promise<void> {
    for (const workerId of await readWorkersOfJob(this.database, jobId)) {
      this.publisher.send(workerCancel, { jobs: [jobId], attempts: [], grace_s: CANCEL_GRACE_S }, workerId);
    }
  }
}
