import { jobSubmitted, planningWanted, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { ReleaseDependants } from '../release-dependants/release-dependants.service.js';
import { PlanJobs } from './plan-jobs.service.js';

@Controller()
export class JobSubmittedConsumer {
  constructor(
    private readonly planner: PlanJobs,
    private readonly dependants: ReleaseDependants,
  ) {}

  @HandleMessage(planningWanted)
  async handleWish(batch: readonly BodyOf<typeof planningWanted>[]): Promise<Outcome> {
    await this.planner.plan([...new Set(batch.flatMap((body) => body.job_ids))]);
    return done;
  }

  @HandleMessage(jobSubmitted)
  async handle(batch: readonly BodyOf<typeof jobSubmitted>[]): Promise<Outcome> {
    const { ready, waiting } = await this.planner.unplannedOf(batch.map((body) => body.job_id));
    await this.dependants.jobsAccepted(waiting);
    await this.planner.plan(ready);
    return done;
  }
}
