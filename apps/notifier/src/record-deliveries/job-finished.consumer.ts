import { jobFinishedEvent } from '@computalot/contracts';
import { HandleMessage, done, type HandledBody, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { RecordDeliveries } from './record-deliveries.service.js';

@Controller()
export class JobFinishedConsumer {
  constructor(private readonly recorder: RecordDeliveries) {}

  @HandleMessage(jobFinishedEvent, 'notifier.events')
  async handle(batch: readonly HandledBody<typeof jobFinishedEvent>[]): Promise<Outcome> {
    await this.recorder.record(batch.map((event) => event.data));
    return done;
  }
}
