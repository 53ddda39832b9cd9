import { WORKER_TTL_MS, workerLostEvent } from '@computalot/contracts';
import {
  DATABASE,
  applyMoves,
  insertEvents,
  lockLeasesOfWorkers,
  lockWorkersToRescue,
  markWorkersLost,
  type Database,
  nothingSettled,
} from '@computalot/database';
import { encodeId, newUuid } from '@computalot/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AnnounceChanges } from '../announce-changes/announce-changes.service.js';
import { decideLoss } from '../record-reports/decide-move.js';
import { WorkerClocks } from '../track-workers/worker-clocks.js';

/** Gives out again what silent workers held. */
@Injectable()
export class RescueLostWorkers {
  private readonly logger = new Logger(RescueLostWorkers.name);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly changes: AnnounceChanges,
    private readonly clocks: WorkerClocks,
  ) {}

  /** Returns how many leases were released. */
  async runOnce(): Promise<number> {
    const { settled, moves, lost } = await this.database.transaction(async (tx) => {
      const found = await lockWorkersToRescue(tx, WORKER_TTL_MS / 1000);
      const lost = found.filter((worker) => !worker.was_lost);
      if (found.length === 0) return { settled: nothingSettled, moves: [], lost };
      const ids = found.map((worker) => worker.id);
      await markWorkersLost(tx, ids);
      const moves = (await lockLeasesOfWorkers(tx, ids)).map((lease) =>
        decideLoss(lease, 'The worker stopped answering while it held the task.'),
      );
      const held = Map.groupBy(moves, (move) => move.worker_id);
      await insertEvents(
        tx,
        lost.map((worker) => lostEvent(worker, held.get(worker.id)?.length ?? 0)),
      );
      const facts = await this.changes.factsOf(
        moves.map((move) => move.job_id),
        tx,
      );
      return { settled: await applyMoves(tx, moves, facts), moves, lost };
    });
    for (const worker of lost) this.clocks.forget(worker.id);
    for (const worker of lost) this.logger.warn(`worker ${worker.name} is lost; its tasks are given out again`);
    this.changes.announce(settled, moves);
    return moves.length;
  }
}

function lostEvent(worker: { id: string; name: string }, tasksRequeued: number) {
  const id = encodeId('wrk', worker.id);
  return {
    type: workerLostEvent.type,
    id: newUuid(),
    subject: id,
    time: new Date().toISOString(),
    data: { worker_id: id, name: worker.name, tasks_requeued: tasksRequeued },
  };
}
