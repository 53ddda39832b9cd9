import { workerSnapshot, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller, Logger } from '@nestjs/common';
import { AssignTasksLoop } from '../assign-tasks/assign-tasks.loop.js';
import { ReconcileLeases } from './reconcile-leases.service.js';

@Controller()
export class WorkerSnapshotConsumer {
  private readonly logger = new Logger(WorkerSnapshotConsumer.name);

  constructor(
    private readonly reconciler: ReconcileLeases,
    private readonly assigner: AssignTasksLoop,
  ) {}

  @HandleMessage(workerSnapshot)
  async handle(batch: readonly BodyOf<typeof workerSnapshot>[]): Promise<Outcome> {
    // An older snapshot of the same worker says nothing that the newest does not.
    const newest = new Map(batch.map((snapshot) => [snapshot.worker_id, snapshot]));
    for (const snapshot of newest.values()) {
      const released = await this.reconciler.reconcile(snapshot);
      if (released === 0) continue;
      this.logger.warn(
        `${released} leases of worker ${snapshot.worker_id} were lost in transit and are given out again`,
      );
      this.assigner.wake();
    }
    return done;
  }
}
