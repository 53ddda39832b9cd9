import { newUuid } from '@computalot/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreFiles, messageOf } from '../finish-attempt/store-files.service.js';
import { ReportAttempts } from '../report-attempts/report-attempts.service.js';
import type { Attempt, CheckpointSaving } from '../run-attempts/attempt.js';
import { HeldAttempts } from '../run-attempts/held-attempts.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { packFolder, stateOf } from './pack-folder.js';

/** Copies taken of a folder that changes under the copying; the last one is kept as it is. */
const TRIES = 3;

/** Copies the checkpoint folders of running attempts to the object store when they have changed, and says so in a report. */
@Injectable()
export class SaveCheckpoints {
  private readonly logger = new Logger(SaveCheckpoints.name);

  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    private readonly held: HeldAttempts,
    private readonly files: StoreFiles,
    private readonly reports: ReportAttempts,
  ) {}

  /** Looks at every attempt whose turn it is. Returns how many; their saves go on beside, each in its own time. */
  runOnce(now: number): number {
    let count = 0;
    for (const attempt of this.held.all()) {
      // While an earlier checkpoint is being put there, the folder is nobody's.
      if (attempt.state !== 'running' || attempt.isFilling || attempt.saving?.underway) continue;
      if (now - (attempt.saving?.lookedAt ?? attempt.startedAt) < this.settings.checkpointIntervalMs) continue;
      count += 1;
      void this.begin(attempt, now);
    }
    return count;
  }

  /** After the end of its processes and before its files are gone. Never rejects: what was saved earlier stands then. */
  async saveLast(attempt: Attempt): Promise<void> {
    await attempt.saving?.underway;
    await this.begin(attempt, Date.now());
  }

  private begin(attempt: Attempt, now: number): Promise<void> {
    const saving = (attempt.saving ??= { lookedAt: now, savedState: undefined, underway: undefined });
    saving.lookedAt = now;
    const underway = this.save(attempt, saving)
      .catch((error: unknown) => {
        this.logger.warn(
          `checkpoint of ${attempt.job.context.job_id}.${attempt.index} is not saved: ${messageOf(error)}`,
        );
      })
      .finally(() => (saving.underway = undefined));
    return (saving.underway = underway);
  }

  private async save(attempt: Attempt, saving: CheckpointSaving): Promise<void> {
    const folder = attempt.execution?.checkpointPath();
    const state = folder ? await stateOf(folder) : null;
    if (!folder || state === null || state === saving.savedState) return;
    const copy = join(this.settings.dataDir, 'spool', `${newUuid()}.checkpoint`);
    try {
      const taken = await this.copy(folder, copy, state);
      // Its slot is another's by now, and so perhaps are the files.
      if (attempt.state === 'ended') return;
      const { size } = await stat(copy);
      await this.files.checkpoint(attempt, { size_bytes: size, open: () => createReadStream(copy) });
      saving.savedState = taken.state;
      this.reports.checkpointed(attempt, { saved_at: taken.at, size_bytes: taken.bytes });
    } finally {
      await rm(copy, { force: true });
    }
  }

  private async copy(
    folder: string,
    target: string,
    state: string,
  ): Promise<{ state: string; at: number; bytes: number }> {
    let before = state;
    for (let tries = 1; ; tries += 1) {
      const at = Date.now();
      const bytes = await packFolder(folder, target);
      const after = (await stateOf(folder)) ?? '';
      if (after === before || tries === TRIES) return { state: before, at, bytes };
      before = after;
    }
  }
}
