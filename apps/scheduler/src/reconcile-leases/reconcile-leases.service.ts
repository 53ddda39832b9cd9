import {
  CANCEL_GRACE_S,
  LEASE_SETTLE_MS,
  SNAPSHOT_INTERVAL_MS,
  workerCancel,
  type BodyOf,
  type workerSnapshot,
} from '@computalot/contracts';
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
import { WorkerClocks } from '../track-workers/worker-clocks.js';
import { OmittedLeases, type LeaseKey } from './omitted-leases.js';

type Snapshot = BodyOf<typeof workerSnapshot>;

const keyOf = ({ job_id, index, attempt }: AttemptKey): LeaseKey => `${job_id}.${index}.${attempt}`;

/**
 * Compares what a worker says it holds with what Postgres says it holds. A lease it keeps omitting was lost on the way out, or its report on the way
 * back: it is given out again. An attempt it holds that is no longer its own is stopped.
 */
@Injectable()
export class ReconcileLeases {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    private readonly changes: AnnounceChanges,
    private readonly clocks: WorkerClocks,
  ) {}

  private readonly omitted = new OmittedLeases();

  /**
   * Returns how many leases were given out again. Times are durations of this process's clock, so that no other clock matters.
   *
   * @param now milliseconds of a monotonic clock
   */
  async reconcile(snapshot: Snapshot, now = performance.now()): Promise<number> {
    const { worker_id, incarnation, sent_at } = snapshot;
    const held = snapshot.held.map(([job_id, index, attempt]) => ({ job_id, index, attempt }));
    await this.stopStale(worker_id, held);
    // What waited for long in the queue cannot know of the leases made since; a newer one follows.
    if (this.clocks.ageOf(worker_id, sent_at, now) > SNAPSHOT_INTERVAL_MS) return 0;
    const { settled, moves } = await this.database.transaction(async (tx) => {
      const omitted = await lockOmittedLeases(tx, { worker_id, incarnation }, held);
      const lost = this.omitted.note(worker_id, incarnation, omitted.map(keyOf), LEASE_SETTLE_MS, now);
      const moves = omitted
        .filter((lease) => lost.has(keyOf(lease)))
        .map((lease) => decideLoss(lease, 'The worker never got the task, or its report was lost.'));
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
