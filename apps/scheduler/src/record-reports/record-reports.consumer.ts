import { taskReports, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller, Logger } from '@nestjs/common';
import { AssignTasksLoop } from '../assign-tasks/assign-tasks.loop.js';
import { QueueRetriesLoop } from '../queue-retries/queue-retries.loop.js';
import { RecordReports, type Recorded } from './record-reports.service.js';

type Reports = BodyOf<typeof taskReports>;

/** SQLSTATE classes that a bad value causes and no retry mends: data exceptions and constraint violations. */
const isBadData = (error: unknown) => /^2[23]/.test((error as { code?: string }).code ?? '');

@Controller()
export class RecordReportsConsumer {
  private readonly logger = new Logger(RecordReportsConsumer.name);

  constructor(
    private readonly recorder: RecordReports,
    private readonly assigner: AssignTasksLoop,
    private readonly retries: QueueRetriesLoop,
  ) {}

  @HandleMessage(taskReports)
  async handle(batch: readonly Reports[]): Promise<Outcome | Outcome[]> {
    try {
      this.wakeOthers(await this.recorder.record(batch.flatMap((body) => body.reports)));
      return done;
    } catch (error) {
      if (!isBadData(error)) throw error;
      return await this.recordOneByOne(batch);
    }
  }

  private wakeOthers({ retryWithinMs }: Recorded): void {
    this.assigner.wakeForFreedSlots();
    if (retryWithinMs !== null) this.retries.wake(retryWithinMs);
  }

  /** One report that Postgres refuses must not hold up the others of its batch. */
  private async recordOneByOne(batch: readonly Reports[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const body of batch) {
      try {
        this.wakeOthers(await this.recorder.record(body.reports));
        outcomes.push(done);
      } catch (error) {
        if (!isBadData(error)) throw error;
        this.logger.error(`report of worker ${body.worker_id} refused: ${(error as Error).message}`);
        outcomes.push({ kind: 'reject', reason: (error as Error).message });
      }
    }
    return outcomes;
  }
}
