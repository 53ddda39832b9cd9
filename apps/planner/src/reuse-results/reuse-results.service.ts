import { DATABASE, readReusingJob, type Database } from '@computalot/database';
import { TaskFingerprints, planJob } from '@computalot/jobs';
import { OBJECT_STORE, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { ReusingJob } from './reusing-job.js';

/** Finds tasks of jobs with `cache` that need not run: an identical one has completed. */
@Injectable()
export class ReuseResults {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /** Null for a job that does not ask for it, or whose tasks are all inserted. */
  async of(jobId: string): Promise<ReusingJob | 'not begun' | null> {
    const job = await readReusingJob(this.database, jobId);
    if (!job) return null;
    const { command } = job;
    if (!command) return 'not begun';
    const planned = planJob(job.submission);
    if (!planned.ok) return null;
    const prints = new TaskFingerprints({ ...job, command, env: job.env ?? {} }, planned.spec);
    return new ReusingJob(this.database, this.objects, job, {
      total: planned.task_total,
      of: (index) => prints.of(index),
    });
  }
}
