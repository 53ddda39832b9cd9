import type { LiveOutput } from '@computalot/contracts';
import { LiveAllowance } from './live-allowance.js';
import { NewestBytes } from './newest-bytes.js';

/** Bytes kept of a stream that waits for its allowance: what its readers see next after a hole is whole for so long. */
const HELD_BYTES = 256 * 1024;

export interface StreamIdentity {
  readonly jobId: string;
  readonly index: number;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
}

/** One stream's way into the live feed: the bytes that wait, and how many may go. */
export class LiveStream {
  private readonly waiting = new NewestBytes(HELD_BYTES);
  private readonly allowance: LiveAllowance;
  /** Offset of the byte after the last that waits. */
  private end = 0;
  /** JSON text of the latest progress not shown yet. */
  progress: string | undefined;
  progressDue_ms = 0;

  constructor(
    readonly identity: StreamIdentity,
    now_ms = performance.now(),
  ) {
    this.allowance = new LiveAllowance(now_ms);
  }

  get bytes(): number {
    return this.waiting.length;
  }

  /** `offset` is the stream's offset of the first byte of `data`; calls are contiguous. */
  push(offset: number, data: Buffer): void {
    this.waiting.push(data);
    this.end = offset + data.length;
  }

  /** What waits, or null while it may not go. Of what waits too long only the newest is left: then its offset is beyond the last one's end. */
  take(now_ms: number, isEnd: boolean): LiveOutput | null {
    const { length } = this.waiting;
    if (length === 0 || (!this.allowance.take(length, now_ms) && !isEnd)) return null;
    const { index, attempt, stream } = this.identity;
    const data = this.waiting.view().toString('base64');
    this.waiting.clear();
    return { kind: 'output', index, attempt, stream, offset: this.end - length, data };
  }
}
