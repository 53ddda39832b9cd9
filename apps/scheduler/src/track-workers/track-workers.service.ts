import { workerJoinedEvent, type OutgoingEvent, type WorkerHeartbeat } from '@computalot/contracts';
import {
  DATABASE,
  applyMoves,
  insertEvents,
  lockLeasesOfWorkers,
  lockWorker,
  registerWorker,
  touchWorkers,
  type Database,
  nothingSettled,
} from '@computalot/database';
import { encodeId, newUuid } from '@computalot/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { AnnounceChanges } from '../announce-changes/announce-changes.service.js';
import { decideLoss } from '../record-reports/decide-move.js';
import { WorkerClocks } from './worker-clocks.js';

/** Keeps the register of workers from their heartbeats. A worker that comes back as a new incarnation has lost everything it held. */
@Injectable()
export class TrackWorkers {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly changes: AnnounceChanges,
    private readonly clocks: WorkerClocks,
  ) {}

  /** Returns how many workers were new, changed or restarted. */
  async track(heartbeats: readonly WorkerHeartbeat[]): Promise<number> {
    for (const beat of heartbeats) this.clocks.ageOf(beat.worker_id, beat.sent_at, performance.now());
    const newest = [...new Map(heartbeats.map((beat) => [beat.worker_id, beat])).values()];
    const unchanged = await touchWorkers(this.database, newest);
    const changed = newest.filter((beat) => !unchanged.has(beat.worker_id));
    for (const beat of changed) await this.register(beat);
    return changed.length;
  }

  private async register(beat: WorkerHeartbeat): Promise<void> {
    const { settled, moves } = await this.database.transaction(async (tx) => {
      await lockWorker(tx, beat.worker_id);
      const before = await registerWorker(tx, beat);
      if (before?.incarnation === beat.incarnation) return { settled: nothingSettled, moves: [] };
      await insertEvents(tx, [joined(beat)]);
      const leases = before ? await lockLeasesOfWorkers(tx, [beat.worker_id]) : [];
      const moves = leases.map((lease) => decideLoss(lease, 'The worker restarted while it held the task.'));
      const facts = await this.changes.factsOf(
        moves.map((move) => move.job_id),
        tx,
      );
      return { settled: await applyMoves(tx, moves, facts), moves };
    });
    this.changes.announce(settled, moves);
  }
}

function joined(beat: WorkerHeartbeat): OutgoingEvent {
  const id = encodeId('wrk', beat.worker_id);
  return {
    type: workerJoinedEvent.type,
    id: newUuid(),
    subject: id,
    time: new Date().toISOString(),
    data: { worker_id: id, name: beat.name },
  };
}
