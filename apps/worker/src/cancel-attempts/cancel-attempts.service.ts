import { workerCancel, type BodyOf } from '@computalot/contracts';
import { Injectable } from '@nestjs/common';
import { HeldAttempts } from '../run-attempts/held-attempts.js';
import { RunAttempts } from '../run-attempts/run-attempts.service.js';

/** Stops what the scheduler no longer wants. Each attempt is reported `cancelled` when no process of it is alive; unknown ones are ignored. */
@Injectable()
export class CancelAttempts {
  constructor(
    private readonly held: HeldAttempts,
    private readonly run: RunAttempts,
  ) {}

  cancel({ jobs, attempts, grace_s }: BodyOf<typeof workerCancel>): void {
    for (const job of jobs) for (const attempt of this.held.ofJob(job)) this.run.stop(attempt, 'cancelled', grace_s);
    for (const [job, index, number] of attempts) {
      const attempt = this.held.find(job, index, number);
      if (attempt) this.run.stop(attempt, 'cancelled', grace_s);
    }
    this.run.wake();
  }
}
