import { jobReopened, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { ReopenTasksLoop } from './reopen-tasks.loop.js';

@Controller()
export class JobReopenedConsumer {
  constructor(private readonly loop: ReopenTasksLoop) {}

  /** Moving a million rows takes its time; the loop does it, so that other commands are not held up behind it. */
  @HandleMessage(jobReopened)
  async handle(_batch: readonly BodyOf<typeof jobReopened>[]): Promise<Outcome> {
    this.loop.wake();
    return done;
  }
}
