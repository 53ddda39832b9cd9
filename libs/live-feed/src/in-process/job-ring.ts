import type { LiveEntry } from '@computalot/contracts';
import type { FeedLimits } from '../feed-limits.js';
import type { PositionedEntry } from '../live-feed.js';
import { parsePosition } from '../position.js';

interface KeptEntry extends PositionedEntry {
  readonly sequence: number;
  readonly bytes: number;
}

export interface RingPage {
  readonly entries: PositionedEntry[];
  readonly gap: boolean;
  /** Where the next page starts. */
  readonly cursor: string | null;
}

/** An object in memory is larger than its JSON. */
const BYTES_PER_JSON_BYTE = 4;

/** The bounded feed of one job. Sequences ascend across all rings of a hub; `epoch` tells positions of an earlier process apart. */
export class JobRing {
  private kept: KeptEntry[] = [];
  private weight = 0;
  /** Sequence of the newest dropped entry; at first that of the newest entry before this ring existed. */
  private droppedThrough: number;

  constructor(
    private readonly epoch: number,
    private readonly createdAfter: number,
    private readonly limits: FeedLimits,
  ) {
    this.droppedThrough = createdAfter;
  }

  /** Bytes it keeps, roughly. */
  get bytes(): number {
    return this.weight;
  }

  append(sequence: number, entry: LiveEntry): void {
    const bytes = entry.kind === 'output' ? entry.data.length : JSON.stringify(entry).length * BYTES_PER_JSON_BYTE;
    this.kept.push({ sequence, bytes, position: `${this.epoch}-${sequence}`, entry });
    this.weight += bytes;
    while (this.isOverfull()) {
      const oldest = this.kept.shift()!;
      this.weight -= oldest.bytes;
      this.droppedThrough = oldest.sequence;
    }
  }

  tail(): string | null {
    return this.kept.at(-1)?.position ?? null;
  }

  after(position: string | null, limit: number): RingPage {
    if (position === null) return this.page(0, limit, this.droppedThrough > this.createdAfter, position);
    const parsed = parsePosition(position);
    if (!parsed || parsed.time < this.epoch) return this.page(0, limit, true, null);
    if (parsed.time > this.epoch || parsed.sequence > (this.kept.at(-1)?.sequence ?? 0)) {
      return { entries: [], gap: true, cursor: this.tail() };
    }
    return this.page(this.indexAfter(parsed.sequence), limit, parsed.sequence < this.droppedThrough, position);
  }

  private page(from: number, limit: number, gap: boolean, cursor: string | null): RingPage {
    const entries = this.kept.slice(from, from + limit).map(({ position, entry }) => ({ position, entry }));
    return { entries, gap, cursor: entries.at(-1)?.position ?? cursor };
  }

  private isOverfull(): boolean {
    const count = this.kept.length;
    return count > this.limits.maxEntries || (this.weight > this.limits.maxBytes && count > this.limits.minEntries);
  }

  /** Index of the first kept entry with a sequence above `sequence`, by bisection. */
  private indexAfter(sequence: number): number {
    let [low, high] = [0, this.kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.kept[middle]!.sequence <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
