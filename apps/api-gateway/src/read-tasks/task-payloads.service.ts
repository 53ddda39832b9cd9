import type { TaskSpec } from '@computalot/contracts';
import { DATABASE, readSpecParts, type Database, type JobWithSubmission } from '@computalot/database';
import { planJob, reduceTaskPayload, specPartOf, taskPayload, type SubmittedJob } from '@computalot/jobs';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { text } from 'node:stream/consumers';
import { Refusal } from '../problems/refusal.js';
import { SpecCache } from './spec-cache.js';

/** Bytes of JSON after which a page of payloads from parts of a spec ends; such a payload may be 10 MiB. */
const MAX_PAGE = 8 * 1024 * 1024;

/** Payloads of tasks, derived from the spec of their job. */
@Injectable()
export class TaskPayloads {
  private readonly specs = new SpecCache();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /** Those of the tasks, in order; of large ones only the first. At least one. */
  async of(accountId: string, job: JobWithSubmission, indexes: readonly number[]): Promise<Map<number, unknown>> {
    // Not before it has tasks: until then nobody knows what the names in its payload stand for.
    if (indexes.length === 0) return new Map();
    const { reduce } = job;
    const spec = this.specs.known(job.id) ?? this.specs.keep(job.id, specOf(job), job.submission.length);
    const mapOf = spec.fan_out && 'items_artifact' in spec.fan_out ? await this.fromParts(accountId, job.id) : null;
    const payloads = new Map<number, unknown>();
    let bytes = 0;
    for (const index of indexes) {
      const isReduce = reduce !== null && index >= reduce.map_total;
      const payload = isReduce
        ? reduceTaskPayload(spec.payload, reduce, index)
        : await (mapOf?.(index) ?? taskPayload(spec, index));
      if (mapOf && !isReduce) bytes += JSON.stringify(payload).length;
      if (payloads.size > 0 && bytes > MAX_PAGE) break;
      payloads.set(index, payload);
    }
    return payloads;
  }

  /** How to get the payload of a task of the job, whose spec lies in parts. */
  private async fromParts(accountId: string, jobId: string): Promise<(index: number) => Promise<unknown>> {
    const tasks = (await readSpecParts(this.database, accountId, jobId)) ?? 1;
    return async (index) => taskPayload(await this.partOf(jobId, specPartOf(index, tasks)), index);
  }

  private async partOf(jobId: string, part: number): Promise<TaskSpec> {
    const key = objectKeys.specPart(jobId, part);
    const known = this.specs.known(key);
    if (known) return known;
    const body = await this.objects.get(key);
    // The job is being deleted.
    if (!body) throw Refusal.notFound('The job');
    const json = await text(body);
    return this.specs.keep(key, JSON.parse(json) as TaskSpec, json.length);
  }
}

function specOf({ id, submission, resolved, item_total }: JobWithSubmission): TaskSpec {
  const planned = planJob(JSON.parse(submission) as SubmittedJob, item_total ?? undefined, resolved);
  if (!planned.ok) throw new Error(`job ${id} was accepted and cannot be planned: ${planned.detail}`);
  return planned.spec;
}
