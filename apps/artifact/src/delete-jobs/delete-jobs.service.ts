import { SIGNED_FOR_S } from '@computalot/contracts';
import {
  DATABASE,
  clearDeletedJob,
  finishDeletedJob,
  forgetDeletedJob,
  listClearedJobs,
  listDeletedJobs,
  type Database,
} from '@computalot/database';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable, Logger } from '@nestjs/common';

const JOBS_AT_ONCE = 100;
/** Tasks whose rows one statement removes: some milliseconds of locks that nobody else wants. */
const TASKS_AT_ONCE = 2_000;
/** Seconds after which no transfer that was granted for a job can still be under way. */
const GRANTS_OVER_S = 2 * SIGNED_FOR_S;

/**
 * Clears away what deleted jobs leave behind: rows slice by slice, then everything in the object store below the job's prefix, and that once more when
 * no upload that was granted before can be under way any more. Every step may be repeated, by whomever, and goes on where the last one broke off.
 */
@Injectable()
export class DeleteJobs {
  private readonly logger = new Logger(DeleteJobs.name);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /** Returns how many jobs it is done with, for now or for good. One that cannot be cleared holds up no other. */
  async runOnce(): Promise<number> {
    const cleared = await this.each(await listDeletedJobs(this.database, JOBS_AT_ONCE), (jobId) => this.clear(jobId));
    const late = await listClearedJobs(this.database, GRANTS_OVER_S, JOBS_AT_ONCE);
    return cleared + (await this.each(late, (jobId) => this.forget(jobId)));
  }

  private async each(jobIds: readonly string[], work: (jobId: string) => Promise<void>): Promise<number> {
    let done = 0;
    for (const jobId of jobIds) {
      try {
        await work(jobId);
        done += 1;
      } catch (error) {
        this.logger.warn(`deleted job ${jobId} cannot be cleared away now: ${(error as Error).message}`);
      }
    }
    return done;
  }

  private async clear(jobId: string): Promise<void> {
    while (await clearDeletedJob(this.database, jobId, TASKS_AT_ONCE)) continue;
    await this.objects.deletePrefix(objectKeys.ofJob(jobId));
    await finishDeletedJob(this.database, jobId);
  }

  private async forget(jobId: string): Promise<void> {
    await this.objects.deletePrefix(objectKeys.ofJob(jobId));
    await forgetDeletedJob(this.database, jobId);
  }
}
