import { workerHeartbeat, workerSnapshot } from '@computalot/contracts';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { DrainState } from '../drain-worker/drain-state.js';
import { HeldAttempts } from '../run-attempts/held-attempts.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';

/** Says that this worker lives, what it offers and what it holds. */
@Injectable()
export class AnnounceWorker {
  constructor(
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    private readonly held: HeldAttempts,
    private readonly drain: DrainState,
  ) {}

  announce(): void {
    const { workerId: worker_id, incarnation, name, offers } = this.settings;
    const { isDraining: draining } = this.drain;
    this.publisher.send(workerHeartbeat, { worker_id, incarnation, name, offers, draining, sent_at: Date.now() });
  }

  /** Travels behind the reports confirmed so far; what is not confirmed is listed. Rejects when the broker does not take it. */
  async snapshot(): Promise<number> {
    const held = [...this.held.all()].map(({ job, index, attempt }): [string, number, number] => [
      job.id,
      index,
      attempt,
    ]);
    const { workerId: worker_id, incarnation } = this.settings;
    await this.publisher.publish(workerSnapshot, { worker_id, incarnation, sent_at: Date.now(), held });
    return held.length;
  }
}
