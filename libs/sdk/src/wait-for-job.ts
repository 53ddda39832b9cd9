import { setTimeout as sleep } from 'node:timers/promises';
import { TERMINAL_JOB_STATUSES, type JobObject } from '@computalot/contracts';
import type { Http } from './http.js';
import { streamJob, type JobStreamEvent } from './stream-job.js';

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds after which to give up; default never. */
  readonly timeoutMs?: number;
  /** Milliseconds between looks at the job beside the stream. Default 5,000. */
  readonly pollMs?: number;
  /** Sees every event on the way. */
  readonly onEvent?: (event: JobStreamEvent) => void;
}

export class WaitTimeout extends Error {
  override readonly name = 'WaitTimeout';
}

/** The job when it has ended. Follows the stream; looks at the job itself now and then, in case no stream gets through (a proxy that buffers). */
export async function waitForJob(http: Http, jobId: string, options: WaitOptions = {}): Promise<JobObject> {
  const stop = new AbortController();
  const signals = [stop.signal, ...(options.signal ? [options.signal] : [])];
  const timeout = options.timeoutMs === undefined ? null : AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any(timeout ? [...signals, timeout] : signals);
  try {
    await Promise.race([
      follow(http, jobId, signal, options.onEvent),
      poll(http, jobId, signal, options.pollMs ?? 5_000),
    ]);
    options.signal?.throwIfAborted();
    if (timeout?.aborted) throw new WaitTimeout(`job ${jobId} has not ended within ${options.timeoutMs} ms`);
    return await getJob(http, jobId);
  } finally {
    stop.abort();
  }
}

async function follow(http: Http, jobId: string, signal: AbortSignal, onEvent: WaitOptions['onEvent']): Promise<void> {
  for await (const event of streamJob(http, jobId, { signal })) onEvent?.(event);
}

async function poll(http: Http, jobId: string, signal: AbortSignal, everyMs: number): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const job = await getJob(http, jobId, signal).catch((error: unknown) => {
      if (signal.aborted) return null;
      throw error;
    });
    if (job && (TERMINAL_JOB_STATUSES as readonly string[]).includes(job.status)) return;
  }
}

function getJob(http: Http, jobId: string, signal?: AbortSignal): Promise<JobObject> {
  return http.json('GET', `/api/v1/jobs/${encodeURIComponent(jobId)}`, { signal });
}
