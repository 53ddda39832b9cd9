import type { LiveEntry } from '@computalot/contracts';

export interface PendingEntry {
  readonly jobId: string;
  readonly text: string;
  readonly isLast: boolean;
}

/** Encoded entries that wait for Redis: first in, first out; bounded in bytes, the oldest give way. */
export class PendingEntries {
  private waiting: PendingEntry[] = [];
  private head = 0;
  private bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly onDrop: (entry: PendingEntry) => void,
  ) {}

  get count(): number {
    return this.waiting.length - this.head;
  }

  add(jobId: string, entry: LiveEntry): void {
    const text = JSON.stringify(entry);
    this.waiting.push({ jobId, text, isLast: entry.kind === 'job' && entry.terminal });
    this.bytes += text.length;
    while (this.bytes > this.maxBytes && this.count > 1) this.onDrop(this.shift());
  }

  /** The next entries to send: at most `maxCount`, and at most `maxBytes` unless the first alone is larger. */
  take(maxCount: number, maxBytes: number): PendingEntry[] {
    const taken: PendingEntry[] = [];
    let bytes = 0;
    while (this.count > 0 && taken.length < maxCount) {
      bytes += this.waiting[this.head]!.text.length;
      if (taken.length > 0 && bytes > maxBytes) break;
      taken.push(this.shift());
    }
    return taken;
  }

  private shift(): PendingEntry {
    const entry = this.waiting[this.head++]!;
    this.bytes -= entry.text.length;
    // What was shifted is let go in one move, not one at a time.
    if (this.head > 1_024 || this.head === this.waiting.length) {
      this.waiting = this.waiting.slice(this.head);
      this.head = 0;
    }
    return entry;
  }
}
