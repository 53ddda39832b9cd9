import type { TaskObject } from '@computalot/contracts';
import {
  DATABASE,
  listTasks,
  readJobWithSubmission,
  readLatestAttempts,
  readOutputTails,
  readTaskArtifacts,
  type Database,
  type JobWithSubmission,
  type OutputRow,
  type TaskRow,
} from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { LiveTails } from '../follow-tasks/live-tails.service.js';
import { Refusal } from '../problems/refusal.js';
import { TaskPayloads } from './task-payloads.service.js';
import { attemptKey, SHOWN_OUTPUT_BYTES, taskObject, type TaskSources } from './task-view.js';

@Injectable()
export class ReadTasks {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly live: LiveTails,
    private readonly payloads: TaskPayloads,
  ) {}

  async job(accountId: string, jobId: string): Promise<JobWithSubmission> {
    const job = await readJobWithSubmission(this.database, accountId, jobId);
    if (!job) throw Refusal.notFound(`Job ${encodeId('job', jobId)}`);
    return job;
  }

  /** A page, and the index of its last task when there are more. It ends early when the payloads are large. */
  async page(
    accountId: string,
    job: JobWithSubmission,
    { after, states, limit }: { after: number; states?: readonly string[] | undefined; limit: number },
  ): Promise<{ tasks: TaskObject[]; next: number | null }> {
    const rows = await listTasks(this.database, accountId, job.id, { after, states, limit: limit + 1 });
    // Reduce tasks that were added since the job was read are not part of what is shown.
    const asked = rows.slice(0, limit).filter(({ index }) => index < job.task_total);
    const payloads = await this.payloads.of(
      accountId,
      job,
      asked.map(({ index }) => index),
    );
    const shown = asked.slice(0, payloads.size);
    const sources = await this.sourcesOf(accountId, job, shown, payloads);
    const last = shown.at(-1);
    const isMore = shown.length < asked.length || (rows.length > limit && shown.length === limit);
    return {
      tasks: shown.map((row) => taskObject(row, sources)),
      next: isMore && last ? last.index : null,
    };
  }

  private async sourcesOf(
    accountId: string,
    job: JobWithSubmission,
    rows: readonly TaskRow[],
    payloads: ReadonlyMap<number, unknown>,
  ): Promise<TaskSources> {
    const indexes = rows.map((row) => row.index);
    const isRunning = rows.some((row) => row.state === 'leased' || row.state === 'running');
    const [failures, artifacts, tails] = await Promise.all([
      readLatestAttempts(this.database, accountId, job.id, indexes),
      readTaskArtifacts(this.database, accountId, job.id, indexes[0] ?? 0, indexes.at(-1) ?? 0),
      isRunning ? this.live.of(job.id).then(({ tails }) => tails) : null,
    ]);
    const wanted = new Map(
      [...rows, ...failures.values()].map(({ index, attempt }) => [attemptKey(index, attempt), { index, attempt }]),
    );
    const outputs = await readOutputTails(this.database, accountId, job.id, [...wanted.values()], SHOWN_OUTPUT_BYTES);
    return {
      jobId: encodeId('job', job.id),
      payloads,
      outputs: Map.groupBy(outputs, (output: OutputRow) => attemptKey(output.index, output.attempt)),
      failures,
      artifacts,
      tails,
    };
  }
}
