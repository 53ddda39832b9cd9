import { TRANSPORT, type Transport } from '@computalot/messaging';
import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { LeaveLostBroker } from '../leave-lost-broker/leave-lost-broker.service.js';
import { RunAttempts } from '../run-attempts/run-attempts.service.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { AnnounceWorker } from './announce-worker.service.js';

/** Milliseconds between looks at whether the own queue is being consumed: work is asked for only when it can arrive. */
const LISTENING_CHECK_MS = 20;

/** Heartbeats and snapshots. */
@Injectable()
export class AnnounceWorkerLoop {
  private readonly heartbeats: Loop;
  private readonly snapshots: Loop;
  private listeningCheck: NodeJS.Timeout | undefined;

  constructor(
    @Inject(TRANSPORT) private readonly transport: Pick<Transport, 'consuming'>,
    @Inject(WORKER_SETTINGS) settings: WorkerSettings,
    announce: AnnounceWorker,
    run: RunAttempts,
    broker: LeaveLostBroker,
  ) {
    const logger = new Logger(AnnounceWorkerLoop.name);
    this.snapshots = new Loop({
      name: 'worker snapshots',
      everyMs: settings.snapshotIntervalMs,
      logger,
      runOnce: () => announce.snapshot(),
    });
    this.heartbeats = new Loop({
      name: 'worker heartbeats',
      everyMs: settings.heartbeatIntervalMs,
      logger,
      runOnce: async () => {
        announce.announce();
        run.endOverdue(Date.now());
        if (broker.runOnce(Date.now()) === 'back') this.snapshots.wake();
      },
    });
  }

  /** The first heartbeat leaves as soon as assignments can be received. */
  start(): void {
    const consuming = this.transport.consuming();
    if (consuming.length > 0 && consuming.every(({ alive }) => alive)) {
      this.heartbeats.start();
      this.snapshots.start();
    } else this.listeningCheck = setTimeout(() => this.start(), LISTENING_CHECK_MS);
  }

  async stop(): Promise<void> {
    clearTimeout(this.listeningCheck);
    await this.heartbeats.stop();
    await this.snapshots.stop();
  }
}
