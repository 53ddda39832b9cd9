import { jobCancelRequested, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { StopJobs } from './stop-jobs.service.js';

@Controller()
export class CancelRequestedConsumer {
  constructor(private readonly stopper: StopJobs) {}

  @HandleMessage(jobCancelRequested)
  async handle(batch: readonly BodyOf<typeof jobCancelRequested>[]): Promise<Outcome> {
    for (const jobId of new Set(batch.map((body) => body.job_id))) await this.stopper.stop(jobId);
    return done;
  }
}
