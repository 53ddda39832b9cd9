import { workerHeartbeat, type WorkerHeartbeat } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { AssignTasksLoop } from '../assign-tasks/assign-tasks.loop.js';
import { TrackWorkers } from './track-workers.service.js';

@Controller()
export class WorkerHeartbeatConsumer {
  constructor(
    private readonly tracker: TrackWorkers,
    private readonly assigner: AssignTasksLoop,
  ) {}

  @HandleMessage(workerHeartbeat)
  async handle(batch: readonly WorkerHeartbeat[]): Promise<Outcome> {
    if ((await this.tracker.track(batch)) > 0) this.assigner.wake();
    return done;
  }
}
