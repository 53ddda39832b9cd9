import { jobDeleted } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { DeleteJobsLoop } from './delete-jobs.loop.js';

@Controller()
export class JobDeletedConsumer {
  constructor(private readonly loop: DeleteJobsLoop) {}

  /** Clearing away a million tasks takes its time; the loop does it, and knows from Postgres what. */
  @HandleMessage(jobDeleted)
  async handle(): Promise<Outcome> {
    this.loop.wake();
    return done;
  }
}
