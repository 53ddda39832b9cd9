import { INLINE_OUTPUT_BYTES, type StreamArchive } from '@computalot/contracts';
import type { OutputSpool } from './output-spool.js';

/** One stream of one attempt: its size, its last bytes, and a spool once it is too large to travel in the report. */
export class RecordedStream {
  private total = 0;
  private recent: Buffer[] = [];
  private recentBytes = 0;
  spool: OutputSpool | undefined;

  constructor(private readonly openSpool: () => OutputSpool) {}

  /** Offset of the next byte. */
  get size(): number {
    return this.total;
  }

  push(data: Buffer): void {
    this.total += data.length;
    if (!this.spool && this.total > INLINE_OUTPUT_BYTES) {
      this.spool = this.openSpool();
      for (const earlier of this.recent) this.spool.push(earlier);
    }
    this.spool?.push(data);
    this.remember(data);
  }

  /** What the report says of the stream; undefined when nothing was written. `storedBytes` null: nothing lies in the object store. */
  archive(storedBytes: number | null): StreamArchive | undefined {
    if (this.total === 0) return undefined;
    const all = this.recent.length === 1 ? (this.recent[0] as Buffer) : Buffer.concat(this.recent);
    const tail = all.subarray(Math.max(0, all.length - INLINE_OUTPUT_BYTES)).toString('base64');
    const archive = { size_bytes: this.total, tail };
    return storedBytes === null
      ? { ...archive, stored: false }
      : { ...archive, stored: true, stored_bytes: storedBytes };
  }

  private remember(data: Buffer): void {
    // Of a large chunk only its end is needed, and not the memory behind it.
    const kept = data.length > INLINE_OUTPUT_BYTES ? Buffer.from(data.subarray(-INLINE_OUTPUT_BYTES)) : data;
    this.recent.push(kept);
    this.recentBytes += kept.length;
    for (
      let first = this.recent[0];
      first && this.recentBytes - first.length >= INLINE_OUTPUT_BYTES;
      first = this.recent[0]
    ) {
      this.recent.shift();
      this.recentBytes -= first.length;
    }
    if (this.recent.length > 64) this.recent = [Buffer.concat(this.recent)];
  }
}
