import { Inject, Injectable, Logger } from '@nestjs/common';
import { AnnounceWorker } from '../announce-worker/announce-worker.service.js';
import { ReportAttempts } from '../report-attempts/report-attempts.service.js';
import { HeldAttempts } from '../run-attempts/held-attempts.js';
import { RunAttempts } from '../run-attempts/run-attempts.service.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { DrainState } from './drain-state.js';

/** Milliseconds for files that are being moved and for the last reports. */
const REPORT_MS = 3_000;
/** Milliseconds beyond the grace until killed processes must be gone. */
const KILL_MS = 2_000;

/** Hands everything back: the backlog at once, running attempts after a chance to end by themselves. */
@Injectable()
export class DrainWorker {
  private readonly logger = new Logger(DrainWorker.name);
  private drained: Promise<void> | undefined;

  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    private readonly state: DrainState,
    private readonly held: HeldAttempts,
    private readonly run: RunAttempts,
    private readonly reports: ReportAttempts,
    private readonly announce: AnnounceWorker,
  ) {}

  /**
   * Resolves when no process of an attempt is alive and all reports are confirmed, as far as the time allows. Call it while grants can still
   * be answered (`beforeDrain` of the service's options). Happens once, however often it is asked.
   */
  drain(): Promise<void> {
    return (this.drained ??= this.drainOnce());
  }

  private async drainOnce(): Promise<void> {
    const { drainGrace_s, killGrace_s } = this.settings;
    this.state.isDraining = true;
    this.announce.announce();
    this.stop('waiting');
    await this.run.whenIdle(drainGrace_s * 1000);
    if (this.run.busyCount > 0) this.logger.log(`handing back ${this.run.busyCount} running attempts`);
    this.stop('running');
    await this.run.whenIdle(killGrace_s * 1000 + KILL_MS);
    await this.reports.drain(REPORT_MS);
  }

  private stop(state: 'waiting' | 'running'): void {
    const { killGrace_s } = this.settings;
    for (const attempt of [...this.held.all()])
      if (attempt.state === state) this.run.stop(attempt, 'returned', killGrace_s);
  }
}
