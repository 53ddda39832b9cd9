import type { LiveEntry } from '@computalot/contracts';
import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { Inject, Injectable } from '@nestjs/common';

/** Milliseconds that bytes may wait for more of the same stream. */
const COALESCE_MS = 5;
/** Bytes of one entry; more is sent at once. */
const ENTRY_BYTES = 48 * 1024;

interface OpenEntry {
  readonly jobId: string;
  readonly index: number;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  offset: number;
  parts: Buffer[];
  bytes: number;
}

/** One stream's way into the live feed. */
export type LiveStream = Omit<OpenEntry, 'offset' | 'parts' | 'bytes'>;

/** Appends output and progress to the live feeds, few entries instead of many. One timer for all attempts, running only while bytes wait. */
@Injectable()
export class LiveOutput {
  private readonly open = new Map<LiveStream, OpenEntry>();
  private readonly progress = new Map<LiveStream, string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(LIVE_FEED) private readonly feed: LiveFeed) {}

  /** `offset` is the stream's offset of the first byte of `data`; calls of one stream are contiguous. */
  bytes(stream: LiveStream, offset: number, data: Buffer): void {
    const entry = this.open.get(stream) ?? { ...stream, offset, parts: [], bytes: 0 };
    entry.parts.push(data);
    entry.bytes += data.length;
    if (entry.bytes < ENTRY_BYTES) {
      this.open.set(stream, entry);
      this.schedule();
      return;
    }
    this.open.delete(stream);
    this.feed.append(stream.jobId, [outputEntry(entry)]);
  }

  /** Only the latest of a few milliseconds is sent. */
  latestProgress(stream: LiveStream, json: string): void {
    this.progress.set(stream, json);
    this.schedule();
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const byJob = new Map<string, LiveEntry[]>();
    const add = (jobId: string, entry: LiveEntry): void => {
      const entries = byJob.get(jobId);
      if (entries) entries.push(entry);
      else byJob.set(jobId, [entry]);
    };
    for (const entry of this.open.values()) add(entry.jobId, outputEntry(entry));
    for (const [{ jobId, index, attempt }, json] of this.progress) {
      add(jobId, { kind: 'progress', index, attempt, progress: JSON.parse(json) as unknown });
    }
    this.open.clear();
    this.progress.clear();
    for (const [jobId, entries] of byJob) this.feed.append(jobId, entries);
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.flush(), COALESCE_MS);
  }
}

function outputEntry({ index, attempt, stream, offset, parts }: OpenEntry): LiveEntry {
  const data = (parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)).toString('base64');
  return { kind: 'output', index, attempt, stream, offset, data };
}
