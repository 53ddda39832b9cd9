import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { SaveCheckpoints } from './save-checkpoints.service.js';

/** Attempts start at any time, so their turns are looked for more often than each of them comes. */
const MOST_MS = 1_000;

@Injectable()
export class SaveCheckpointsLoop {
  private readonly loop: Loop;

  constructor(@Inject(WORKER_SETTINGS) { checkpointIntervalMs }: WorkerSettings, saver: SaveCheckpoints) {
    this.loop = new Loop({
      name: 'save checkpoints',
      everyMs: Math.min(checkpointIntervalMs, MOST_MS),
      logger: new Logger(SaveCheckpointsLoop.name),
      runOnce: async () => saver.runOnce(Date.now()),
    });
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }
}
