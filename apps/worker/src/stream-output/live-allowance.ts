/** Bytes that a stream may show at once; the feed of a job keeps about 6 MB of output. */
const BURST_BYTES = 4 * 1024 * 1024;
/** Bytes a second that it may go on with. Whoever writes less reaches readers completely. */
const BYTES_PER_S = 2 * 1024 * 1024;

/** How much of one stream may still go to the live feed: a bucket that fills up again. */
export class LiveAllowance {
  private bytes = BURST_BYTES;

  constructor(private filledAt_ms: number) {}

  /** False, and nothing taken, when there is not enough. */
  take(count: number, now_ms: number): boolean {
    const earned = ((now_ms - this.filledAt_ms) / 1_000) * BYTES_PER_S;
    this.bytes = Math.min(BURST_BYTES, this.bytes + earned);
    this.filledAt_ms = now_ms;
    if (this.bytes < count) return false;
    this.bytes -= count;
    return true;
  }
}
