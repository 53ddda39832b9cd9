import type { BodyOf, jobFinishedEvent } from '@computalot/contracts';
import { DATABASE, insertDeliveriesIfNew, readJobsToAnnounce, type Database } from '@computalot/database';
import { decodeId, newUuid } from '@computalot/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { DeliverWebhooksLoop } from '../deliver-webhooks/deliver-webhooks.loop.js';
import { endOf } from './end-of.js';
import { webhookBody } from './webhook-body.js';

type FinishedJob = BodyOf<typeof jobFinishedEvent>;

/** Turns "this job finished" into a delivery that will be tried until it is taken. */
@Injectable()
export class RecordDeliveries {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly deliveries: DeliverWebhooksLoop,
  ) {}

  /** Repeated events change nothing. Returns how many deliveries are new. */
  record(events: readonly FinishedJob[]): Promise<number> {
    return this.recordEnds(
      events.flatMap((event) => {
        const id = decodeId('job', event.job_id);
        return id === null ? [] : [{ id, event }];
      }),
    );
  }

  /** The latest end of each of these jobs of the database. */
  recordJobs(ids: readonly string[]): Promise<number> {
    return this.recordEnds(ids.map((id) => ({ id, event: null })));
  }

  private async recordEnds(told: readonly { id: string; event: FinishedJob | null }[]): Promise<number> {
    const jobs = await readJobsToAnnounce(this.database, [...new Set(told.map(({ id }) => id))]);
    const byId = new Map(jobs.map((job) => [job.id, job]));
    const ends = told.flatMap(({ id, event }) => {
      const job = byId.get(id);
      return job ? (endOf(job, event) ?? []) : [];
    });
    const created = await insertDeliveriesIfNew(
      this.database,
      ends.map((end) => ({
        id: newUuid(),
        job_id: end.id,
        run: end.run,
        url: end.callback_url,
        body: webhookBody(end),
      })),
    );
    if (created > 0) this.deliveries.wake();
    return created;
  }
}
