/** Parts have a power of two of tasks, at most 2 to this. */
const MAX_POWER = 20;

/** Measures how many tasks a part of a spec may have, as the items go by. */
export class PartSizes {
  /** By power: bytes of the part that is being filled, and of the largest one. */
  private readonly filling = new Float64Array(MAX_POWER + 1);
  private readonly largest = new Float64Array(MAX_POWER + 1);
  private items = 0;

  /** @param batchSize items of one task */
  constructor(private readonly batchSize: number) {}

  add(bytes: number): void {
    for (let power = 0; power <= MAX_POWER; power++) {
      // A part ends with a task.
      const isFirst = this.items % (this.batchSize * 2 ** power) === 0;
      const filled = (isFirst ? 0 : (this.filling[power] ?? 0)) + bytes;
      this.filling[power] = filled;
      if (filled > (this.largest[power] ?? 0)) this.largest[power] = filled;
    }
    this.items += 1;
  }

  get itemTotal(): number {
    return this.items;
  }

  /** Bytes of the items of the largest task. */
  get largestTask(): number {
    return this.largest[0] ?? 0;
  }

  /** The most tasks that a part can have with no part above `maxBytes`; 1 when single tasks are larger. */
  tasksWithin(maxBytes: number): number {
    const power = this.largest.findLastIndex((bytes) => bytes <= maxBytes);
    return 2 ** Math.max(power, 0);
  }
}
