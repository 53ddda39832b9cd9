import { DATABASE, insertDeliveriesIfNew, readFinishedJobs, type Database } from '@computalot/database';
import { decodeId, newUuid } from '@computalot/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { DeliverWebhooksLoop } from '../deliver-webhooks/deliver-webhooks.loop.js';
import { webhookBody } from './webhook-body.js';

/** Turns "this job finished" into a delivery that will be tried until it is taken. */
@Injectable()
export class RecordDeliveries {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly deliveries: DeliverWebhooksLoop,
  ) {}

  /** Public job ids; repeated ones change nothing. Returns how many deliveries are new. */
  record(publicJobIds: readonly string[]): Promise<number> {
    return this.recordJobs(publicJobIds.flatMap((id) => decodeId('job', id) ?? []));
  }

  /** The same for ids of the database. */
  async recordJobs(ids: readonly string[]): Promise<number> {
    const jobs = await readFinishedJobs(this.database, [...new Set(ids)]);
    const created = await insertDeliveriesIfNew(
      this.database,
      jobs.map((job) => ({ id: newUuid(), job_id: job.id, url: job.callback_url, body: webhookBody(job) })),
    );
    if (created > 0) this.deliveries.wake();
    return created;
  }
}
