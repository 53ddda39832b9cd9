import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { HeldAttempts } from '../run-attempts/held-attempts.js';
import { RunAttempts } from '../run-attempts/run-attempts.service.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';

export type BrokerView = 'here' | 'away' | 'lost' | 'back';

/**
 * A worker that nobody has heard of for its time to live is taken for lost, and its attempts run elsewhere. So it ends its own then: an attempt
 * must not run twice at once for longer than it takes to notice.
 */
@Injectable()
export class LeaveLostBroker {
  private readonly logger = new Logger(LeaveLostBroker.name);
  private awaySince: number | undefined;

  constructor(
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    private readonly held: HeldAttempts,
    private readonly run: RunAttempts,
  ) {}

  /** `back` once after each absence. */
  runOnce(now: number): BrokerView {
    if (this.publisher.isConnected()) {
      const wasAway = this.awaySince !== undefined;
      this.awaySince = undefined;
      return wasAway ? 'back' : 'here';
    }
    this.awaySince ??= now;
    if (now - this.awaySince <= this.settings.ttlMs) return 'away';
    const own = [...this.held.all()].filter(({ state, stopCause }) => state !== 'ended' && !stopCause);
    if (own.length > 0) this.logger.warn(`the broker is away for too long: ending ${own.length} attempts`);
    for (const attempt of own) this.run.stop(attempt, 'returned', 0);
    return 'lost';
  }
}
