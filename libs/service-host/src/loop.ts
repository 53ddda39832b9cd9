/** What a {@link Loop} needs of a logger; Nest's `Logger` and the host's own both fit. */
export interface LoopLogger {
  error(message: unknown, ...context: unknown[]): void;
}

export interface LoopOptions {
  /** For the log. */
  readonly name: string;
  /** Milliseconds between the end of one run and the start of the next when nobody wakes it. */
  readonly everyMs: number;
  /**
   * Least milliseconds between the starts of two runs, however often it is woken. The first wake after a pause runs at once; under load the
   * runs become few and large. Default 0.
   */
  readonly spacingMs?: number;
  /** One unit of work; the count it returns is for tests and logs. Never runs twice at once. */
  readonly runOnce: () => Promise<number | void>;
  readonly logger: LoopLogger;
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;

/** Milliseconds to wait after the n-th failure in a row (n from 1). */
export function loopBackoffMs(failures: number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}

/**
 * Ticks and stops, nothing else. Runs once at `start()`, then every `everyMs`, and at once when woken. Wakes coalesce: any number of them
 * during a run cause one more run. A failed run is logged and tried again after a backoff that wakes do not shorten, so that a dependency
 * that is down is not hammered by those who want its work done.
 */
export class Loop {
  private timer: NodeJS.Timeout | undefined;
  private inHand: Promise<void> | undefined;
  private woken = false;
  private active = false;
  private failures = 0;
  private startedAt = -Infinity;

  constructor(private readonly options: LoopOptions) {}

  start(): void {
    if (this.active) return;
    this.active = true;
    this.wake();
  }

  /** Asks for a run soon; safe to call at any rate, before `start()` and after `stop()`. */
  wake(): void {
    this.woken = true;
    if (!this.active || this.inHand || this.failures > 0) return;
    if (this.spacingLeft() === 0) this.run();
    else this.schedule();
  }

  /** No run starts after this; resolves when the one in hand has ended. */
  async stop(): Promise<void> {
    this.active = false;
    clearTimeout(this.timer);
    await this.inHand;
  }

  private run(): void {
    clearTimeout(this.timer);
    this.inHand = Promise.resolve()
      .then(() => this.runUntilNotWoken())
      .finally(() => {
        this.inHand = undefined;
        if (this.active) this.schedule();
      });
  }

  private async runUntilNotWoken(): Promise<void> {
    do {
      this.woken = false;
      this.startedAt = performance.now();
      try {
        await this.options.runOnce();
        this.failures = 0;
      } catch (error) {
        this.failures += 1;
        this.options.logger.error(`loop ${this.options.name} failed (${this.failures} in a row): ${describe(error)}`);
        return;
      }
    } while (this.active && this.woken && this.spacingLeft() === 0);
  }

  private spacingLeft(): number {
    return Math.max(0, this.startedAt + (this.options.spacingMs ?? 0) - performance.now());
  }

  private schedule(): void {
    const calm = this.woken ? this.spacingLeft() : this.options.everyMs;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), this.failures > 0 ? loopBackoffMs(this.failures) : calm);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
