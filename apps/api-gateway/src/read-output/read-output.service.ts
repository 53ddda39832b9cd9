import type { Readable } from 'node:stream';
import {
  DATABASE,
  listTasks,
  readJob,
  readLatestAttempts,
  readOutputTails,
  readTask,
  type Database,
  type JobRow,
  type OutputRow,
  type StreamName,
  type TaskRow,
} from '@computalot/database';
import { MAX_STORED_OUTPUT_BYTES, type OutputCut } from '@computalot/contracts';
import { encodeId } from '@computalot/kernel';
import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { readLiveOutput, streamKey, type LiveStream } from '../follow-tasks/live-output.js';
import { Refusal } from '../problems/refusal.js';
import { bytesOf, type ByteSource } from '../serve-bytes/send-bytes.js';

export interface StreamOutput {
  readonly index: number;
  readonly attempt: number;
  readonly stream: StreamName;
  /** Bytes the task wrote to the stream, as far as is known. */
  readonly size_bytes: number;
  /** The last bytes, at most 10 KB of an archived stream. */
  readonly tail: Buffer;
  /** Everything that is kept. */
  readonly source: ByteSource;
  /** Nothing is added any more. */
  readonly archived: boolean;
  readonly cut: OutputCut | null;
}

export interface OutputChoice {
  readonly stream?: StreamName | undefined;
  readonly attempt?: number | undefined;
}

/** What an archived stream shows at most without its stored bytes. */
const TAIL = 10 * 1024;
const STREAMS = ['stdout', 'stderr'] as const;

/** Finds output wherever it lies: in Postgres when it is small, in the object store when it is large, in the live feed while the task runs. */
@Injectable()
export class ReadOutput {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
  ) {}

  async job(accountId: string, jobId: string): Promise<JobRow> {
    const job = await readJob(this.database, accountId, jobId);
    if (!job) throw Refusal.notFound(`Job ${encodeId('job', jobId)}`);
    return job;
  }

  async ofTask(accountId: string, job: JobRow, index: number, choice: OutputChoice): Promise<StreamOutput[]> {
    const task = await readTask(this.database, accountId, job.id, index);
    if (!task) throw Refusal.notFound(`Task ${index}`);
    if (choice.attempt !== undefined && choice.attempt > task.attempt)
      throw Refusal.notFound(`Attempt ${choice.attempt} of task ${index}`);
    return this.ofTasks(accountId, job, [task], choice);
  }

  /** Tasks after index `after`, with the streams of each that wrote something. */
  async page(
    accountId: string,
    job: JobRow,
    after: number,
    limit: number,
    choice: OutputChoice,
  ): Promise<{ outputs: StreamOutput[]; next: number | null }> {
    const tasks = await listTasks(this.database, accountId, job.id, { after, limit });
    const outputs = await this.ofTasks(accountId, job, tasks, choice);
    return { outputs, next: tasks.length === limit ? (tasks.at(-1)?.index ?? null) : null };
  }

  private async ofTasks(
    accountId: string,
    job: JobRow,
    tasks: readonly TaskRow[],
    choice: OutputChoice,
  ): Promise<StreamOutput[]> {
    const archived = await this.archived(
      accountId,
      job,
      tasks.map(({ index, attempt }) => ({ index, attempt: choice.attempt ?? attempt })),
    );
    const missing = tasks.filter(({ index }) => !archived.has(index));
    const live = await this.live(job, missing, choice.attempt);
    const silent =
      choice.attempt === undefined ? missing.filter(({ index, state }) => !live.has(index) && isBetween(state)) : [];
    const before = await this.lastFailed(accountId, job, silent);
    return tasks
      .flatMap(({ index }) => archived.get(index) ?? live.get(index) ?? before.get(index) ?? [])
      .filter(({ stream }) => choice.stream === undefined || stream === choice.stream);
  }

  private async archived(
    accountId: string,
    job: JobRow,
    attempts: readonly { index: number; attempt: number }[],
  ): Promise<Map<number, StreamOutput[]>> {
    const rows = await readOutputTails(this.database, accountId, job.id, attempts, TAIL);
    return Map.groupBy(
      rows.map((row) => this.archivedStream(job.id, row)),
      (output) => output.index,
    );
  }

  private archivedStream(jobId: string, row: OutputRow): StreamOutput {
    const { index, attempt, stream, size_bytes, tail } = row;
    const output = { index, attempt, stream, size_bytes, tail, archived: true, cut: cutOf(row) };
    if (!row.stored) return { ...output, source: bytesOf(tail) };
    const open = (range?: { start: number; end: number }): Promise<Readable | null> =>
      this.objects.get(objectKeys.output(jobId, index, attempt, stream), range);
    return { ...output, source: { size_bytes: row.stored_bytes ?? size_bytes, open } };
  }

  /** Of running tasks, and of the attempt that was asked for: one whose worker was lost is nowhere else. While the feed can be read. */
  private async live(
    job: JobRow,
    tasks: readonly TaskRow[],
    attempt: number | undefined,
  ): Promise<Map<number, StreamOutput[]>> {
    const wanted = tasks
      .filter(({ state }) => attempt !== undefined || state === 'leased' || state === 'running')
      .map((task) => ({ index: task.index, attempt: attempt ?? task.attempt }));
    if (wanted.length === 0) return new Map();
    const attempts = new Map(wanted.map((task) => [task.index, task.attempt]));
    const streams = await readLiveOutput(this.feed, job.id, attempts).catch(() => new Map<string, LiveStream>());
    return Map.groupBy(
      wanted.flatMap((task) => liveStreams(task, streams)),
      ({ index }) => index,
    );
  }

  /** During a retry the last failed attempt is shown until the new one has written something. */
  private async lastFailed(
    accountId: string,
    job: JobRow,
    tasks: readonly TaskRow[],
  ): Promise<Map<number, StreamOutput[]>> {
    if (tasks.length === 0) return new Map();
    const failed = await readLatestAttempts(
      this.database,
      accountId,
      job.id,
      tasks.map(({ index }) => index),
    );
    return this.archived(accountId, job, [...failed.values()]);
  }
}

/** Of a stream that was not stored its tail is kept, of one that was too long the halves beside the worker's marker. */
function cutOf({ stored, size_bytes, tail }: OutputRow): OutputCut | null {
  if (stored)
    return size_bytes > MAX_STORED_OUTPUT_BYTES
      ? { offset: MAX_STORED_OUTPUT_BYTES / 2, bytes: size_bytes - MAX_STORED_OUTPUT_BYTES }
      : null;
  return size_bytes > tail.length ? { offset: 0, bytes: size_bytes - tail.length } : null;
}

/** A new attempt is on its way and has not left anything. */
function isBetween(state: string): boolean {
  return state === 'queued' || state === 'retrying' || state === 'leased' || state === 'running';
}

function liveStreams(
  { index, attempt }: Pick<TaskRow, 'index' | 'attempt'>,
  streams: ReadonlyMap<string, LiveStream>,
): StreamOutput[] {
  return STREAMS.flatMap((stream) => {
    const live = streams.get(streamKey(index, stream));
    if (!live || live.bytes.length === 0) return [];
    const { offset, bytes } = live;
    const cut = offset > 0 ? { offset: 0, bytes: offset } : null;
    const kept = { tail: bytes, source: bytesOf(bytes), archived: false, cut };
    return { index, attempt, stream, size_bytes: offset + bytes.length, ...kept };
  });
}
