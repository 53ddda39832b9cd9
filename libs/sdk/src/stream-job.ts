import { setTimeout as sleep } from 'node:timers/promises';
import type { JobStreamEvents } from '@computalot/contracts';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Http } from './http.js';
import { ProblemError } from './problem-error.js';

export type JobStreamEvent = {
  [E in keyof JobStreamEvents]: {
    readonly event: E;
    readonly id: string | undefined;
    readonly data: JobStreamEvents[E];
  };
}[keyof JobStreamEvents];

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Id of the last event that was seen; without it the stream begins with a snapshot. */
  readonly lastEventId?: string;
}

const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

/**
 * Events of a job until it has ended (`end` is the last one). A connection that breaks is made again from the last event on, without a gap or
 * a repeat. Ends early only by `signal`; throws when the server refuses (ProblemError 4xx).
 */
export async function* streamJob(
  http: Http,
  jobId: string,
  { signal, lastEventId }: StreamOptions = {},
): AsyncGenerator<JobStreamEvent> {
  let last = lastEventId;
  let wait_ms = FIRST_WAIT_MS;
  while (!signal?.aborted) {
    try {
      for await (const event of readOnce(http, jobId, last, signal)) {
        wait_ms = FIRST_WAIT_MS;
        last = event.id ?? last;
        yield event;
        if (event.event === 'end') return;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof ProblemError && error.status < 500 && error.status !== 429) throw error;
    }
    await sleep(wait_ms, undefined, signal ? { signal } : {}).catch(() => undefined);
    wait_ms = Math.min(wait_ms * 2, MAX_WAIT_MS);
  }
}

async function* readOnce(
  http: Http,
  jobId: string,
  last: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<JobStreamEvent> {
  const headers = { accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': last }) };
  const response = await http.send('GET', `/api/v1/jobs/${encodeURIComponent(jobId)}/stream`, { headers, signal });
  if (!response.body) return;
  const messages = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream());
  for await (const { event, id, data } of messages) {
    if (event !== undefined) yield { event, id, data: JSON.parse(data) as unknown } as JobStreamEvent;
  }
}
