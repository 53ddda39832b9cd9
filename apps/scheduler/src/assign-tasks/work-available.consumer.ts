import { workAvailable } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { AssignTasksLoop } from './assign-tasks.loop.js';

@Controller()
export class WorkAvailableConsumer {
  constructor(private readonly assigner: AssignTasksLoop) {}

  @HandleMessage(workAvailable)
  async handle(): Promise<Outcome> {
    this.assigner.wake();
    return done;
  }
}
