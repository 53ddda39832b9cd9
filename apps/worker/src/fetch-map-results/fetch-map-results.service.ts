import { DomainError } from '@computalot/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { chown, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadFile } from '../move-bytes/download.js';
import { outlastOutage } from '../move-bytes/outlast-outage.js';
import { retryTransfer } from '../move-bytes/retry.js';
import { RequestGrants } from '../request-grants/request-grants.service.js';
import type { Attempt } from '../run-attempts/attempt.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';

/** Name of the file in the inputs folder of a reduce task; no download of the user's may be called so. */
export const MAP_RESULTS_FILE = 'map-results.jsonl';

/** Brings a reduce task the results it reduces. */
@Injectable()
export class FetchMapResults {
  private readonly logger = new Logger(FetchMapResults.name);

  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    private readonly grants: RequestGrants,
  ) {}

  /**
   * Waits while the artifact service or the object store is away: a whole map stands behind the attempt.
   *
   * @throws Error when the results are not to be had, or it is stopped
   */
  async fetch(attempt: Attempt, folder: string, stop: AbortSignal): Promise<void> {
    const task = `${attempt.job.context.job_id}.${attempt.index}`;
    await outlastOutage(() => this.download(attempt, join(folder, MAP_RESULTS_FILE), stop), {
      stop,
      onAway: ({ message }) => this.logger.warn(`${task} waits for its map results: ${message}`),
    });
  }

  private async download({ job, index, attempt }: Attempt, path: string, stop: AbortSignal): Promise<void> {
    await retryTransfer(async () => {
      await rm(path, { force: true });
      const { url, headers } = await this.grants.request({ kind: 'map_results', job_id: job.id, index, attempt });
      if (url === null) throw new DomainError('map_results_missing', 'there are none');
      await downloadFile(url, headers, path, stop);
    }, stop);
    const { taskUid: uid, taskGid: gid } = this.settings;
    if (process.getuid?.() === 0) await chown(path, uid, gid);
  }
}
