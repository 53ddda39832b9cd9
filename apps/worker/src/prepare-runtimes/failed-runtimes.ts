/** A failure is believed for as long as it took to come about, and at least so many milliseconds: most of the time a worker does other things. */
const LEAST_MS = 30_000;
/** Each keeps its output on disk. */
const MAX_KEPT = 100;

/** Runtimes that could not be prepared: their tasks fail with the same error, without being made to wait for it again. */
export class FailedRuntimes {
  private readonly failures = new Map<string, { readonly error: Error; readonly until: number }>();

  /** `onForgotten` is told of those that had to make room. */
  constructor(private readonly onForgotten: (key: string) => void) {}

  add(key: string, error: Error, tookMs: number, now: number): void {
    this.failures.delete(key);
    this.failures.set(key, { error, until: now + Math.max(LEAST_MS, tookMs) });
    for (const [oldest] of this.failures) {
      if (this.failures.size <= MAX_KEPT) return;
      this.failures.delete(oldest);
      this.onForgotten(oldest);
    }
  }

  find(key: string, now: number): Error | undefined {
    const failure = this.failures.get(key);
    return failure && now < failure.until ? failure.error : undefined;
  }

  /** It has been prepared after all. */
  remove(key: string): void {
    this.failures.delete(key);
  }
}
