/** Work that nobody waits for: per key one piece after the other, at most `limit` pieces at once. What is wanted again while it waits is done once. */
export class WorkByKey {
  private readonly wanted = new Map<string, () => Promise<void>>();
  private readonly running = new Map<string, Promise<void>>();

  constructor(private readonly limit: number) {}

  /** `work` must not reject. */
  want(key: string, work: () => Promise<void>): void {
    this.wanted.set(key, work);
    this.startNext();
  }

  /** When nothing is left to do. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running.values());
  }

  private startNext(): void {
    for (const [key, work] of this.wanted) {
      if (this.running.size >= this.limit) return;
      if (this.running.has(key)) continue;
      this.wanted.delete(key);
      const run = work().finally(() => {
        this.running.delete(key);
        this.startNext();
      });
      this.running.set(key, run);
    }
  }
}
