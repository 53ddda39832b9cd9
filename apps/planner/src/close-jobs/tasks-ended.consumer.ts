import { closingWanted, jobTasksEnded, type BodyOf } from '@computalot/contracts';
import { DependencyAway } from '@computalot/kernel';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller, Logger } from '@nestjs/common';
import { CloseJobs } from './close-jobs.service.js';

@Controller()
export class TasksEndedConsumer {
  private readonly logger = new Logger(TasksEndedConsumer.name);

  constructor(private readonly closer: CloseJobs) {}

  @HandleMessage(closingWanted)
  handleWish(batch: readonly BodyOf<typeof closingWanted>[]): Promise<Outcome> {
    return this.close(batch);
  }

  @HandleMessage(jobTasksEnded)
  handle(batch: readonly BodyOf<typeof jobTasksEnded>[]): Promise<Outcome> {
    return this.close(batch);
  }

  /** What cannot be closed now (the object store is away) is the loop's to repeat: it would gain nothing as a dead letter. */
  private async close(batch: readonly { readonly job_id: string }[]): Promise<Outcome> {
    try {
      await this.closer.closeAll(batch.map((body) => body.job_id));
    } catch (error) {
      if (error instanceof DependencyAway) throw error;
      this.logger.warn(`a job cannot be closed yet: ${(error as Error).message}`);
    }
    return done;
  }
}
