import type { JobStreamEvents } from '@computalot/contracts';
import type { Http } from '../http.js';
import { streamJob } from '../stream-job.js';
import { OutputAssembly, type FollowedOutput } from './output-assembly.js';
import { bytesOf, ReadKeptOutput } from './read-kept-output.js';

export interface FollowOptions {
  readonly signal?: AbortSignal;
}

/** Begins with the oldest event that is kept. */
const OLDEST = '-';
const RUNNING: readonly string[] = ['leased', 'running'];

/**
 * What all tasks write, from their first byte to their last: per stream of an attempt contiguous, every byte once, live while that is possible.
 * What the live feed lost comes from the archive when the attempt has ended; what is nowhere is told as missing. Ends with the job, or by
 * `signal`; throws when the server refuses (ProblemError 4xx).
 */
export async function* followOutput(
  http: Http,
  jobId: string,
  { signal }: FollowOptions = {},
): AsyncGenerator<FollowedOutput> {
  const kept = new ReadKeptOutput(http, jobId, signal);
  const assembly = new OutputAssembly(kept);
  try {
    for await (const { event, data } of streamJob(http, jobId, {
      lastEventId: OLDEST,
      ...(signal ? { signal } : {}),
    })) {
      if (event === 'output') yield* assembly.take({ ...data, bytes: bytesOf(data) });
      else if (event === 'task') yield* afterTask(assembly, data);
      else if (event === 'snapshot') yield* afterGap(assembly, data);
      else if (event === 'end') for await (const task of kept.tasks()) yield* assembly.settle(task.index, task.attempt);
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** A task that runs has ended its earlier attempts; one that does not has ended all. */
function afterTask(assembly: OutputAssembly, { task }: JobStreamEvents['task']): AsyncGenerator<FollowedOutput> {
  return assembly.settle(task.index, RUNNING.includes(task.status) ? task.attempt - 1 : task.attempt);
}

/** What is kept of what was not heard meanwhile: of attempts that were heard of, and of tasks that run. That one has ended is told later. */
async function* afterGap(
  assembly: OutputAssembly,
  { tasks }: JobStreamEvents['snapshot'],
): AsyncGenerator<FollowedOutput> {
  const writing = tasks.filter(({ live_feedback }) => live_feedback !== null);
  for (const { index, attempt } of [...assembly.open, ...writing]) yield* assembly.catchUp(index, attempt);
}
