const EMPTY: Buffer = Buffer.alloc(0);

/** The newest bytes of a stream, at least `limit` of them once there were so many. A copy of its own: what was pushed may be part of something large. */
export class NewestBytes {
  private bytes = EMPTY;
  private used = 0;

  constructor(private readonly limit: number) {}

  get length(): number {
    return this.used;
  }

  push(data: Buffer): void {
    const newest = data.length > this.limit ? data.subarray(-this.limit) : data;
    // What came before is no neighbour of it then.
    if (newest !== data) this.used = 0;
    if (this.used + newest.length > this.bytes.length) this.makeRoom(newest.length);
    this.used += newest.copy(this.bytes, this.used);
  }

  /** Shared: true until the next push. */
  view(): Buffer {
    return this.bytes.subarray(0, this.used);
  }

  clear(): void {
    this.bytes = EMPTY;
    this.used = 0;
  }

  /** Grows to twice the limit; from then on the older half gives way, so that a byte is moved once, not at every push. */
  private makeRoom(count: number): void {
    const needed = this.used + count;
    if (needed > 2 * this.limit) {
      const kept = Math.min(this.used, this.limit);
      this.bytes.copyWithin(0, this.used - kept, this.used);
      this.used = kept;
    }
    if (this.used + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.min(2 * this.limit, Math.max(needed, 2 * this.bytes.length)));
    this.bytes.copy(grown, 0, 0, this.used);
    this.bytes = grown;
  }
}
