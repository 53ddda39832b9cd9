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
 * Ticks and stops, nothing else. Runs once at `start()`, then every `everyMs`, and earlier when woken. Wakes coalesce: any number of them
 * during a run cause one more run. A failed run is logged and tried again after a backoff that wakes do not shorten, so that a dependency
 * that is down is not hammered by those who want its work done.
 */
export class Loop {
  private timer: NodeJS.Timeout | undefined;
  private inHand: Promise<void> | undefined;
  private active = false;
  private failures = 0;
  private startedAt = -Infinity;
  /** When the next run is wanted, on the clock of `performance.now()`. */
  private dueAt = 0;

  constructor(private readonly options: LoopOptions) {}

  start(): void {
    if (this.active) return;
    this.active = true;
    this.wake();
  }

  /** Asks for a run within the given milliseconds; safe to call at any rate, before `start()` and after `stop()`. */
  wake(withinMs = 0): void {
    this.dueAt = Math.min(this.dueAt, performance.now() + withinMs);
    if (this.active && !this.inHand) this.arm();
  }

  /** No run starts after this; resolves when the one in hand has ended. */
  async stop(): Promise<void> {
    this.active = false;
    clearTimeout(this.timer);
    await this.inHand;
  }

  private arm(): void {
    clearTimeout(this.timer);
    const delay = this.delayMs();
    if (delay > 0) this.timer = setTimeout(() => this.run(), Math.ceil(delay));
    else this.run();
  }

  private delayMs(): number {
    const earliest = this.startedAt + (this.options.spacingMs ?? 0);
    const backoff = this.failures > 0 ? this.startedAt + loopBackoffMs(this.failures) : -Infinity;
    return Math.max(this.failures > 0 ? backoff : this.dueAt, earliest) - performance.now();
  }

  private run(): void {
    clearTimeout(this.timer);
    this.inHand = Promise.resolve()
      .then(() => this.runThenAgainIfDue())
      .finally(() => {
        this.inHand = undefined;
        if (this.active) this.arm();
      });
  }

  private async runThenAgainIfDue(): Promise<void> {
    do {
      this.startedAt = performance.now();
      this.dueAt = Infinity;
      try {
        await this.options.runOnce();
        this.failures = 0;
      } catch (error) {
        this.failures += 1;
        this.startedAt = performance.now();
        this.options.logger.error(`loop ${this.options.name} failed (${this.failures} in a row): ${describe(error)}`);
        return;
      } finally {
        this.dueAt = Math.min(this.dueAt, performance.now() + this.options.everyMs);
      }
    } while (this.active && this.delayMs() <= 0);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
