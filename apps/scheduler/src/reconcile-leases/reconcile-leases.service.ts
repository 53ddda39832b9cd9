import { CANCEL_GRACE_S, LEASE_SETTLE_MS, workerCancel, type BodyOf, type workerSnapshot } from '@computalot/contracts';
import {
  DATABASE,
  applyMoves,
  lockOmittedLeases,
  readStaleHoldings,
  type AttemptKey,
  type Database,
} from '@computalot/database';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { AnnounceChanges } from '../announce-changes/announce-changes.service.js';
import { decideLoss } from '../record-reports/decide-move.js';

type Snapshot = BodyOf<typeof workerSnapshot>;

/**
 * Compares what a worker says it holds with what Postgres says it holds. A lease it omits was lost on the way out, or its report on the way back:
 * it is given out again. An attempt it holds that is no longer its own is stopped.
 */
@Injectable()
export class ReconcileLeases {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    private readonly changes: AnnounceChanges,
  ) {}

  /** Returns how many leases were given out again. */
  async reconcile(snapshot: Snapshot): Promise<number> {
    const held = snapshot.held.map(([job_id, index, attempt]) => ({ job_id, index, attempt }));
    await this.stopStale(snapshot.worker_id, held);
    const madeBefore = snapshot.sent_at - LEASE_SETTLE_MS;
    const { settled, moves } = await this.database.transaction(async (tx) => {
      const omitted = await lockOmittedLeases(tx, snapshot.worker_id, madeBefore, held);
      const moves = omitted.map((lease) => decideLoss(lease, 'The worker never got the task, or its report was lost.'));
      const facts = await this.changes.factsOf(
        moves.map((move) => move.job_id),
        tx,
      );
      return { settled: await applyMoves(tx, moves, facts), moves };
    });
    this.changes.announce(settled, moves);
    return moves.length;
  }

  private async stopStale(workerId: string, held: readonly AttemptKey[]): Promise<void> {
    if (held.length === 0) return;
    const stale = await readStaleHoldings(this.database, workerId, held);
    if (stale.length === 0) return;
    const attempts: BodyOf<typeof workerCancel>['attempts'] = stale.map((key) => [key.job_id, key.index, key.attempt]);
    this.publisher.send(workerCancel, { jobs: [], attempts, grace_s: CANCEL_GRACE_S }, workerId);
  }
}
