import type { LiveEntry } from '@computalot/contracts';
import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { Inject, Injectable } from '@nestjs/common';
import type { LiveStream } from './live-stream.js';

/** Milliseconds that bytes may wait for more of the same stream. */
const COALESCE_MS = 5;
/** Bytes of one entry; more is sent at once. */
const ENTRY_BYTES = 48 * 1024;
/** Milliseconds between two progress entries of a task: a program may write thousands a second, and a feed keeps 2,000 entries. */
const PROGRESS_MS = 100;

/**
 * Appends output and progress to the live feeds, few entries instead of many. Of a stream that writes faster than its allowance it shows the newest
 * bytes; the archive has all. One timer for all attempts, running only while something waits.
 */
@Injectable()
export class LiveOutput {
  private readonly waiting = new Set<LiveStream>();
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(LIVE_FEED) private readonly feed: LiveFeed) {}

  bytes(stream: LiveStream, offset: number, data: Buffer): void {
    stream.push(offset, data);
    this.wait(stream);
    if (stream.bytes < ENTRY_BYTES) return;
    const entry = stream.take(performance.now(), false);
    if (entry) this.feed.append(stream.identity.jobId, [entry]);
  }

  /** Only the latest is sent. */
  latestProgress(stream: LiveStream, json: string): void {
    stream.progress = json;
    this.wait(stream);
  }

  /** Nothing more comes of these: what waits is sent now, whatever was sent before. */
  end(streams: readonly LiveStream[]): void {
    this.send(
      streams.filter((stream) => this.waiting.has(stream)),
      true,
    );
  }

  flush(isEnd = true): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.send([...this.waiting], isEnd);
    if (this.waiting.size > 0) this.schedule();
  }

  private send(streams: readonly LiveStream[], isEnd: boolean): void {
    const now = performance.now();
    const byJob = new Map<string, LiveEntry[]>();
    for (const stream of streams) {
      const entries = [stream.take(now, isEnd), takeProgress(stream, now, isEnd)].filter((entry) => entry !== null);
      const { jobId } = stream.identity;
      const earlier = byJob.get(jobId);
      if (earlier) earlier.push(...entries);
      else byJob.set(jobId, entries);
      if (stream.bytes === 0 && stream.progress === undefined) this.waiting.delete(stream);
    }
    for (const [jobId, entries] of byJob) if (entries.length > 0) this.feed.append(jobId, entries);
  }

  private wait(stream: LiveStream): void {
    this.waiting.add(stream);
    this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.flush(false), COALESCE_MS);
  }
}

function takeProgress(stream: LiveStream, now: number, isEnd: boolean): LiveEntry | null {
  const { progress, progressDue_ms: due } = stream;
  if (progress === undefined || (now < due && !isEnd)) return null;
  stream.progress = undefined;
  stream.progressDue_ms = now + PROGRESS_MS;
  const { index, attempt } = stream.identity;
  return { kind: 'progress', index, attempt, progress: JSON.parse(progress) as unknown };
}
