import { DomainError, newUuid } from '@computalot/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadFile } from '../move-bytes/download.js';
import { outlastOutage } from '../move-bytes/outlast-outage.js';
import { retryTransfer } from '../move-bytes/retry.js';
import { isAway } from '../move-bytes/store-away.js';
import { RequestGrants, type Grant } from '../request-grants/request-grants.service.js';
import type { Attempt } from '../run-attempts/attempt.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { unpackCheckpoint } from './unpack-checkpoint.js';

/** Brings the task's latest checkpoint to the worker that begins its next attempt. */
@Injectable()
export class RestoreCheckpoints {
  private readonly logger = new Logger(RestoreCheckpoints.name);

  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    private readonly grants: RequestGrants,
  ) {}

  /** Waits for an answer as long as the attempt waits: without it, hours of work might be begun anew. Never rejects. */
  async exists(attempt: Attempt): Promise<boolean> {
    while (attempt.state === 'waiting') {
      try {
        return (await this.request(attempt)).url !== null;
      } catch (error) {
        if (!isAway(error)) return false;
        this.noteWaiting(attempt, error as Error);
      }
    }
    return false;
  }

  /** Fills the empty checkpoint folder; waits while the store is away. @throws Error when the checkpoint cannot be had or is broken */
  async restore(attempt: Attempt, folder: string, stop: AbortSignal): Promise<void> {
    const copy = join(this.settings.dataDir, 'spool', `${newUuid()}.checkpoint`);
    try {
      await outlastOutage(() => retryTransfer(() => this.download(attempt, copy, stop), stop), {
        stop,
        onAway: (error) => this.noteWaiting(attempt, error),
      });
      const { taskUid: uid, taskGid: gid } = this.settings;
      await unpackCheckpoint(copy, folder, process.getuid?.() === 0 ? { uid, gid } : null);
    } finally {
      await rm(copy, { force: true });
    }
  }

  private async download(attempt: Attempt, copy: string, stop: AbortSignal): Promise<void> {
    await rm(copy, { force: true });
    const { url, headers } = await this.request(attempt);
    if (url === null) throw new DomainError('checkpoint_missing', 'it is not there any more');
    await downloadFile(url, headers, copy, stop);
  }

  private noteWaiting({ job, index }: Attempt, { message }: Error): void {
    this.logger.warn(`${job.context.job_id}.${index} waits for its checkpoint: ${message}`);
  }

  private request({ job, index, attempt }: Attempt): Promise<Grant> {
    return this.grants.request({ kind: 'checkpoint_restore', job_id: job.id, index, attempt });
  }
}
