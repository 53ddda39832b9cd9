import { text } from 'node:stream/consumers';
import type { TaskSpec } from '@computalot/contracts';
import { DATABASE, readReusingJob, type Database } from '@computalot/database';
import { TaskFingerprints, planJob, specPartOf, type SharedInputs } from '@computalot/jobs';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
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
    const planned = planJob(job.submission, job.item_total, job.resolved);
    if (!planned.ok) return null;
    const inputs = { ...job, command, env: job.env ?? {} };
    const { part_tasks } = job;
    const whole = new TaskFingerprints(inputs, planned.spec);
    const of = part_tasks === null ? (index: number) => whole.of(index) : this.ofParts(jobId, part_tasks, inputs);
    return new ReusingJob(this.database, this.objects, job, { total: planned.task_total, of });
  }

  /** Of tasks whose payloads lie in parts of the spec; they are asked for in order, so that one part is held at a time. */
  private ofParts(jobId: string, tasks: number, inputs: SharedInputs): (index: number) => Promise<string> {
    let held: { readonly part: number; readonly prints: TaskFingerprints } | null = null;
    return async (index) => {
      const part = specPartOf(index, tasks);
      if (held?.part !== part) held = { part, prints: new TaskFingerprints(inputs, await this.readPart(jobId, part)) };
      return held.prints.of(index);
    };
  }

  private async readPart(jobId: string, part: number): Promise<TaskSpec> {
    const body = await this.objects.get(objectKeys.specPart(jobId, part));
    if (!body) throw new Error(`part ${part} of the spec of job ${jobId} is gone`);
    return JSON.parse(await text(body)) as TaskSpec;
  }
}
