import {
  DATABASE,
  discardCheckpointsOfEndedJobs,
  forgetDiscardedCheckpoints,
  forgetSpentUploads,
  listDiscardedCheckpoints,
  listSpentUploads,
  sweepUnpublishedArtifacts,
  type Database,
} from '@computalot/database';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';

const DAY_S = 24 * 3_600;
const ROWS_AT_ONCE = 1_000;
const OBJECTS_AT_ONCE = 200;

/**
 * Removes what nobody asked to remove and nobody will ask for: artifacts whose bytes never came, what arrived of them,
 * checkpoints of the past.
 */
@Injectable()
export class SweepLeftovers {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /** Returns how much it swept, a bounded amount of what there is. */
  async runOnce(): Promise<number> {
    const artifacts = await sweepUnpublishedArtifacts(this.database, DAY_S, ROWS_AT_ONCE);
    // For a day a job may be retried from where its tasks were.
    const checkpoints = await discardCheckpointsOfEndedJobs(this.database, DAY_S, ROWS_AT_ONCE);
    return artifacts + checkpoints + (await this.removeCheckpoints()) + (await this.removeArrivals());
  }

  private async removeArrivals(): Promise<number> {
    const spent = await listSpentUploads(this.database, OBJECTS_AT_ONCE);
    for (const { account_id, artifact_id, multipart_id } of spent) {
      const key = objectKeys.arrival(account_id, artifact_id);
      if (multipart_id !== null) await this.objects.abortParts(key, multipart_id);
      await this.objects.delete(key);
    }
    if (spent.length > 0) await forgetSpentUploads(this.database, spent);
    return spent.length;
  }

  private async removeCheckpoints(): Promise<number> {
    const discarded = await listDiscardedCheckpoints(this.database, OBJECTS_AT_ONCE);
    for (const { job_id, index, attempt } of discarded) {
      await this.objects.delete(objectKeys.checkpoint(job_id, index, attempt));
    }
    if (discarded.length > 0) await forgetDiscardedCheckpoints(this.database, discarded);
    return discarded.length;
  }
}
