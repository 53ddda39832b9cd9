import { jobCancelRequested, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { EndWaitingTasksLoop } from './end-waiting-tasks.loop.js';
import { EndWaitingTasks } from './end-waiting-tasks.service.js';
import { StopJobs } from './stop-jobs.service.js';

@Controller()
export class CancelRequestedConsumer {
  constructor(
    private readonly stopper: StopJobs,
    private readonly ending: EndWaitingTasks,
    private readonly rest: EndWaitingTasksLoop,
  ) {}

  /** Most jobs end here; what is left of a large one is the loop's, so that the next request does not wait. */
  @HandleMessage(jobCancelRequested)
  async handle(batch: readonly BodyOf<typeof jobCancelRequested>[]): Promise<Outcome> {
    for (const jobId of new Set(batch.map((body) => body.job_id))) {
      if (!(await this.stopper.stop(jobId))) continue;
      if (await this.ending.cancelSlice(jobId)) this.rest.wake();
    }
    return done;
  }
}
