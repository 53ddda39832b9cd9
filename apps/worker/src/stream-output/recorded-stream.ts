import { INLINE_OUTPUT_BYTES, type StreamArchive } from '@computalot/contracts';
import { NewestBytes } from './newest-bytes.js';
import type { OutputSpool } from './output-spool.js';

/** One stream of one attempt: its size, its last bytes, and a spool once it is too large to travel in the report. */
export class RecordedStream {
  private total = 0;
  private readonly recent = new NewestBytes(INLINE_OUTPUT_BYTES);
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
      this.spool.push(this.recent.view());
    }
    this.spool?.push(data);
    this.recent.push(data);
  }

  /** What the report says of the stream; undefined when nothing was written. `storedBytes` null: nothing lies in the object store. */
  archive(storedBytes: number | null): StreamArchive | undefined {
    if (this.total === 0) return undefined;
    const tail = this.recent.view().subarray(-INLINE_OUTPUT_BYTES).toString('base64');
    const archive = { size_bytes: this.total, tail };
    return storedBytes === null
      ? { ...archive, stored: false }
      : { ...archive, stored: true, stored_bytes: storedBytes };
  }
}
