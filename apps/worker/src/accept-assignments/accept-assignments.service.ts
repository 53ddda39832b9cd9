import { workerAssign, type BodyOf } from '@computalot/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DrainState } from '../drain-worker/drain-state.js';
import { HeldAttempts } from '../run-attempts/held-attempts.js';
import { RunAttempts } from '../run-attempts/run-attempts.service.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';

/** Takes leased attempts into the backlog. */
@Injectable()
export class AcceptAssignments {
  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    private readonly held: HeldAttempts,
    private readonly run: RunAttempts,
    private readonly drain: DrainState,
  ) {}

  /** Returns how many attempts are new. An assignment for another incarnation is somebody else's: its leases are lost and given out again. */
  accept({ incarnation, jobs, tasks }: BodyOf<typeof workerAssign>): number {
    if (incarnation !== this.settings.incarnation) return 0;
    let accepted = 0;
    for (const [position, index, number] of tasks) {
      const job = jobs[position];
      const attempt = job ? this.held.add(job.job_id, job.context, index, number) : null;
      if (!attempt) continue;
      accepted += 1;
      this.run.enqueue(attempt);
      if (this.drain.isDraining) this.run.stop(attempt, 'returned', 0);
    }
    this.run.wake();
    return accepted;
  }
}
