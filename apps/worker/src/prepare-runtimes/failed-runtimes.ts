/** A failure is believed for as long as it took to come about, and at least so many milliseconds: most of the time a worker does other things. */
const LEAST_MS = 30_000;
const MAX_KEPT = 1_000;

/** Runtimes that could not be prepared: their tasks fail with the same error, without being made to wait for it again. */
export class FailedRuntimes {
  private readonly failures = new Map<string, { readonly error: Error; readonly until: number }>();

  add(key: string, error: Error, tookMs: number, now: number): void {
    this.failures.delete(key);
    this.failures.set(key, { error, until: now + Math.max(LEAST_MS, tookMs) });
    for (const [oldest] of this.failures) {
      if (this.failures.size <= MAX_KEPT) return;
      this.failures.delete(oldest);
    }
  }

  find(key: string, now: number): Error | undefined {
    const failure = this.failures.get(key);
    if (failure && now < failure.until) return failure.error;
    this.failures.delete(key);
    return undefined;
  }
}
