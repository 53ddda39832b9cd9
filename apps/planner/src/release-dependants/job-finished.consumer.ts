import { jobFinishedEvent } from '@computalot/contracts';
import { decodeId } from '@computalot/kernel';
import { HandleMessage, done, type HandledBody, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { ReleaseDependants } from './release-dependants.service.js';

@Controller()
export class JobFinishedConsumer {
  constructor(private readonly dependants: ReleaseDependants) {}

  @HandleMessage(jobFinishedEvent, 'planner.events')
  async handle(batch: readonly HandledBody<typeof jobFinishedEvent>[]): Promise<Outcome> {
    await this.dependants.jobsEnded(batch.flatMap((event) => decodeId('job', event.data.job_id) ?? []));
    return done;
  }
}
