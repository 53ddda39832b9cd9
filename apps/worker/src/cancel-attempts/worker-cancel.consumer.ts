import { workerCancel, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { CancelAttempts } from './cancel-attempts.service.js';

@Controller()
export class WorkerCancelConsumer {
  constructor(private readonly cancel: CancelAttempts) {}

  @HandleMessage(workerCancel)
  async handle(batch: readonly BodyOf<typeof workerCancel>[]): Promise<Outcome> {
    for (const message of batch) this.cancel.cancel(message);
    return done;
  }
}
