import { setTimeout as sleep } from 'node:timers/promises';
import type { OutputEvent, OutputObject, TaskObject } from '@computalot/contracts';
import type { Http } from '../http.js';
import { isFinal } from '../problem-error.js';
import type { KeptOutput, OutputBytes } from './output-assembly.js';

const MAX_WAIT_MS = 5_000;
const TASKS_PAGE = 500;

/** `GET /jobs/:id/output` by offset, as patient as the stream: what breaks or is away is asked again. Rejects by `signal` and when the server refuses. */
export class ReadKeptOutput implements KeptOutput {
  private readonly path: string;

  constructor(
    private readonly http: Http,
    jobId: string,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.path = `/api/v1/jobs/${encodeURIComponent(jobId)}`;
  }

  async look(task: number, attempt: number): Promise<readonly OutputObject[]> {
    const request = { query: { task, attempt, format: 'json' }, signal: this.signal };
    const answer = await this.answered(() =>
      this.http.json<{ outputs: readonly OutputObject[] }>('GET', `${this.path}/output`, request),
    );
    return answer.outputs;
  }

  async *read(output: OutputObject, from: number): AsyncGenerator<OutputBytes> {
    const { size_bytes, cut, offset } = output;
    const cutEnd = cut ? cut.offset + cut.bytes : 0;
    if (cut && from < cut.offset) yield* this.range(output, from, cut.offset);
    const rest = Math.max(from, cutEnd);
    if (rest >= size_bytes) return;
    if (rest < offset) return yield* this.range(output, rest, size_bytes);
    yield { ...streamOf(output), offset: rest, bytes: bytesOf(output).subarray(rest - offset) };
  }

  /** Every task of the job and its latest attempt. */
  async *tasks(): AsyncGenerator<TaskObject> {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const request = { query: { limit: TASKS_PAGE, cursor }, signal: this.signal };
      const page: { tasks: readonly TaskObject[]; next_cursor: string | null } = await this.answered(() =>
        this.http.json('GET', `${this.path}/tasks`, request),
      );
      yield* page.tasks;
      cursor = page.next_cursor;
    }
  }

  /** A body that breaks off goes on where it was. Behind a cut places count from the end: the marker in its middle is no part of the stream. */
  private async *range(output: OutputObject, start: number, end: number): AsyncGenerator<OutputBytes> {
    const of = streamOf(output);
    const { index: task, attempt, stream } = of;
    for (let next = start; next < end;) {
      const range = end === output.size_bytes ? `bytes=-${end - next}` : `bytes=${next}-${end - 1}`;
      const query = { task, attempt, stream, format: 'text' };
      const request = { query, headers: { range }, signal: this.signal };
      const { body } = await this.answered(() => this.http.send('GET', `${this.path}/output`, request));
      try {
        for await (const bytes of body ?? []) {
          const offset = next;
          next += bytes.length;
          yield { ...of, offset, bytes };
        }
      } catch (error) {
        if (this.signal?.aborted) throw error;
      }
    }
  }

  private async answered<T>(ask: () => Promise<T>): Promise<T> {
    for (let wait_ms = 100; ; wait_ms = Math.min(wait_ms * 2, MAX_WAIT_MS)) {
      try {
        return await ask();
      } catch (error) {
        if (this.signal?.aborted || isFinal(error)) throw error;
      }
      await sleep(wait_ms, undefined, this.signal ? { signal: this.signal } : {});
    }
  }
}

export function bytesOf({ text, encoding }: OutputEvent): Uint8Array {
  return Buffer.from(text, encoding ?? 'utf8');
}

const streamOf = ({ index, attempt, stream }: OutputObject) => ({ index, attempt, stream });
