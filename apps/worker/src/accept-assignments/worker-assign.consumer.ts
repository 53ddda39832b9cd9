import { workerAssign, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { AcceptAssignments } from './accept-assignments.service.js';

@Controller()
export class WorkerAssignConsumer {
  constructor(private readonly accept: AcceptAssignments) {}

  @HandleMessage(workerAssign)
  async handle(batch: readonly BodyOf<typeof workerAssign>[]): Promise<Outcome> {
    for (const assignment of batch) this.accept.accept(assignment);
    return done;
  }
}
