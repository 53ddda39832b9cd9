import type { Redis } from 'ioredis';
import { breakSilence } from './break-silence.js';
import type { RawStreamEntry } from './entry-codec.js';

/** A blocked read ends by itself after this long; wake-ups do not depend on it. */
const BLOCK_MS = 10_000;
const READER_SILENCE_MS = 2 * BLOCK_MS;

/** Entries asked for per stream. Never more than the writers keep, so that a shorter answer proves that nothing was skipped. */
export const READ_COUNT = 64;

export interface StreamAnswer {
  readonly key: string;
  readonly entries: readonly RawStreamEntry[];
}

/** The process's one blocking connection: reads many streams at once, and a private stream through which it is woken. */
export class StreamReader {
  private wakeCursor = '0-0';
  /** Stream → position of the read that is under way. */
  private blockedOn: ReadonlyMap<string, string> = new Map();
  private isWakeSent = false;

  constructor(
    private readonly reading: Redis,
    private readonly commands: Redis,
    private readonly wakeKey: string,
  ) {}

  /** Waits for new entries after the given positions, or for a wake-up (then there may be none). Rejects when the connection breaks. */
  async read(cursors: ReadonlyMap<string, string>): Promise<StreamAnswer[]> {
    this.blockedOn = cursors;
    this.isWakeSent = false;
    try {
      const streams = [this.wakeKey, ...cursors.keys(), this.wakeCursor, ...cursors.values()];
      const reply = this.reading.xread('COUNT', READ_COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', ...streams);
      const raw = await breakSilence(this.reading, READER_SILENCE_MS, reply);
      const answers = (raw ?? []).map(([key, entries]) => ({ key, entries: entries as unknown as RawStreamEntry[] }));
      const woken = answers.find(({ key }) => key === this.wakeKey);
      this.wakeCursor = woken?.entries.at(-1)?.[0] ?? this.wakeCursor;
      return answers.filter(({ key }) => key !== this.wakeKey);
    } finally {
      this.blockedOn = new Map();
    }
  }

  /** Makes sure that entries of `key` after `position` are waited for; wakes the blocked read when it would not see them. */
  cover(key: string, position: string): void {
    if (this.blockedOn.get(key) !== position) this.wake();
  }

  /** The stream keeps the wake-up: one that comes before the read blocks is not lost. */
  wake(): void {
    if (this.isWakeSent || this.commands.status !== 'ready') return;
    this.isWakeSent = true;
    void this.sendWake();
  }

  private async sendWake(): Promise<void> {
    const wake = this.commands.pipeline().xadd(this.wakeKey, 'MAXLEN', 1, '*', 'w', '1').expire(this.wakeKey, 60);
    const results = await wake.exec().catch(() => null);
    // The connection broke: everybody catches up again after it is back, and asks again.
    if (!results || results.some(([error]) => error)) this.isWakeSent = false;
  }
}
