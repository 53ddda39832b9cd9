import { setTimeout as sleep } from 'node:timers/promises';
import type { JobStreamEvents } from '@computalot/contracts';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Http } from './http.js';
import { isFinal } from './problem-error.js';

/** Of a stream, by what its events carry. */
export type EventOf<Events> = {
  [E in keyof Events]: {
    readonly event: E;
    readonly id: string | undefined;
    readonly data: Events[E];
  };
}[keyof Events];

export type JobStreamEvent = EventOf<JobStreamEvents>;

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
export function streamJob(http: Http, jobId: string, options: StreamOptions = {}): AsyncGenerator<JobStreamEvent> {
  return follow(http, `/api/v1/jobs/${encodeURIComponent(jobId)}/stream`, 1, options);
}

/** The same for up to 200 jobs in one stream, until all have ended: each begins with a snapshot of its own and has an `end` of its own. */
export function watchJobs(
  http: Http,
  jobIds: readonly string[],
  options: StreamOptions = {},
): AsyncGenerator<JobStreamEvent> {
  const ids = [...new Set(jobIds)];
  return follow(http, `/api/v1/jobs/watch?ids=${ids.map(encodeURIComponent).join()}`, ids.length, options);
}

async function* follow(http: Http, path: string, jobs: number, options: StreamOptions): AsyncGenerator<JobStreamEvent> {
  const ended = new Set<string>();
  for await (const event of resumed<JobStreamEvent>(http, path, options)) {
    yield event;
    if (event.event === 'end' && ended.add(event.data.job.id).size === jobs) return;
  }
}

/** Events of a stream, without a gap or a repeat however often the connection breaks. */
export async function* resumed<E extends { readonly id: string | undefined }>(
  http: Http,
  path: string,
  { signal, lastEventId }: StreamOptions,
): AsyncGenerator<E> {
  let last = lastEventId;
  let wait_ms = FIRST_WAIT_MS;
  while (!signal?.aborted) {
    try {
      const events = await open<E>(http, path, last, signal);
      if (!events) return;
      for await (const event of events) {
        wait_ms = FIRST_WAIT_MS;
        last = event.id ?? last;
        yield event;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (isFinal(error)) throw error;
    }
    await sleep(wait_ms, undefined, signal ? { signal } : {}).catch(() => undefined);
    wait_ms = Math.min(wait_ms * 2, MAX_WAIT_MS);
  }
}

/** Null when there is nothing more to come. */
async function open<E>(
  http: Http,
  path: string,
  last: string | undefined,
  signal: AbortSignal | undefined,
): Promise<AsyncGenerator<E> | null> {
  const headers = { accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': last }) };
  const { status, body } = await http.send('GET', path, { headers, signal });
  return status === 204 || !body ? null : parse<E>(body);
}

async function* parse<E>(body: ReadableStream<Uint8Array>): AsyncGenerator<E> {
  const messages = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream());
  for await (const { event, id, data } of messages) {
    if (event !== undefined) yield { event, id, data: JSON.parse(data) as unknown } as E;
  }
}
