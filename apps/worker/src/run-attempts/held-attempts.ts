import type { RunContext } from '@computalot/contracts';
import { specPartOf } from '@computalot/jobs';
import { taskId } from '@computalot/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { Attempt, type HeldJob } from './attempt.js';

/** Everything this worker owes a report for. The one owner of attempts and of their jobs' contexts. */
@Injectable()
export class HeldAttempts {
  private readonly attempts = new Map<string, Attempt>();
  /**
   * A job has one entry per context and part of its spec: the context of a map-reduce changes when its reduce begins, and what was leased before keeps
   * the old one.
   */
  private readonly jobs = new Map<string, HeldJob>();
  private sequence = 0;

  constructor(@Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings) {}

  /** Null when the attempt is held already: the assignment came twice. */
  add(jobId: string, context: RunContext, index: number, attempt: number): Attempt | null {
    const key = keyOf(jobId, index, attempt);
    if (this.attempts.has(key)) return null;
    const part = partOf(context, index);
    const jobKey = jobKeyOf(jobId, context, part);
    const job = this.jobs.get(jobKey) ?? this.openJob(jobId, jobKey, context, part);
    const added = new Attempt(job, index, attempt, (this.sequence += 1), Date.now());
    job.held += 1;
    this.attempts.set(key, added);
    return added;
  }

  find(jobId: string, index: number, attempt: number): Attempt | undefined {
    return this.attempts.get(keyOf(jobId, index, attempt));
  }

  /** Its report is confirmed; nothing is owed any more. */
  drop(attempt: Attempt): void {
    if (!this.attempts.delete(keyOf(attempt.job.id, attempt.index, attempt.attempt))) return;
    attempt.job.held -= 1;
    if (attempt.job.held > 0) return;
    this.jobs.delete(attempt.job.key);
    for (const release of attempt.job.releases) release();
  }

  all(): IterableIterator<Attempt> {
    return this.attempts.values();
  }

  ofJob(jobId: string): Attempt[] {
    return [...this.attempts.values()].filter(({ job }) => job.id === jobId);
  }

  openJobs(): IterableIterator<HeldJob> {
    return this.jobs.values();
  }

  get size(): number {
    return this.attempts.size;
  }

  private openJob(id: string, key: string, context: RunContext, part: number | null): HeldJob {
    const baseEnv: Record<string, string> = { PATH: this.settings.taskPath, LANG: 'C.UTF-8', ...context.env };
    baseEnv['COMPUTALOT_JOB_ID'] = context.job_id;
    if (context.traceparent !== undefined) baseEnv['COMPUTALOT_TRACEPARENT'] = context.traceparent;
    const job: HeldJob = {
      id,
      key,
      context,
      part,
      baseEnv,
      prepared: undefined,
      requirementsKey: JSON.stringify(context.requirements),
      waiting: [],
      releases: [],
      held: 0,
    };
    this.jobs.set(key, job);
    return job;
  }
}

function keyOf(jobId: string, index: number, attempt: number): string {
  return `${jobId}.${index}.${attempt}`;
}

/** Contexts of a job differ in nothing but its reduce, which is planned once in a run. */
function jobKeyOf(jobId: string, { reduce }: RunContext, part: number | null): string {
  if (reduce) return `${jobId} reduce ${reduce.run}`;
  return part === null ? jobId : `${jobId} part ${part}`;
}

/** The part of the spec that has the task's payload, where it lies in parts. */
function partOf({ spec_parts, reduce }: RunContext, index: number): number | null {
  return spec_parts && !reduce ? specPartOf(index, spec_parts.tasks) : null;
}

/** The environment of one task; the launcher adds the paths of its slot. */
export function environmentOf({ job, index, attempt }: Attempt): Record<string, string> {
  return {
    ...job.baseEnv,
    ...job.prepared?.secrets,
    ...job.prepared?.services?.variables,
    COMPUTALOT_TASK_ID: taskId(job.context.job_id, index),
    COMPUTALOT_TASK_INDEX: String(index),
    COMPUTALOT_ATTEMPT: String(attempt),
  };
}
