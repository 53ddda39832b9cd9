import { DependencyAway, backoffDelayMs } from '@computalot/kernel';
import type { Outcome } from '../handle-message.js';
import type { Delivery, MessageHandling } from './delivery.js';
import { Fifo } from './fifo.js';
import { runBatch } from './run-batch.js';

/** Milliseconds after which a handler that does not answer counts as hung; its queue then shows as not consumed. */
export const HUNG_AFTER_MS = 120_000;

const AWAY_BACKOFF = { base_s: 0.1, max_s: 2 };

export interface BatchConsumerOptions<D extends Delivery> {
  /** Most messages handed over at once. */
  readonly batch: number;
  readonly handlers: ReadonlyMap<string, MessageHandling>;
  /**
   * While a handler's dependency is away, keep its batch in hand and try again, in order and without counting failures: nothing behind it could be
   * handled either. Else such a batch is answered `retry`.
   */
  readonly waits: boolean;
  /** Tells the broker what became of a batch, in order of arrival. Never rejects. */
  readonly settle: (batch: readonly D[], outcomes: readonly Outcome[]) => Promise<void>;
}

/**
 * Turns single deliveries of one queue into batches. Adaptive: an idle consumer takes what is there at the next turn of the event loop;
 * while a batch is in hand the next one collects. One batch at a time; a batch is a run of one type, so that order holds across types.
 */
export class BatchConsumer<D extends Delivery> {
  private readonly waiting = new Fifo<D>();
  private inHand: Promise<void> | undefined;
  private inHandSince = 0;
  private scheduled = false;
  private stopped = false;
  private endPause: () => void = () => undefined;

  constructor(private readonly options: BatchConsumerOptions<D>) {}

  push(delivery: D): void {
    this.waiting.push(delivery);
    this.schedule();
  }

  /** True while a batch is in hand for longer than any should be: nothing behind it is handled. */
  get hung(): boolean {
    return this.inHand !== undefined && Date.now() - this.inHandSince > HUNG_AFTER_MS;
  }

  /** Forgets what waits: its broker connection is gone and will bring it again. The batch in hand goes on. */
  clear(): void {
    this.waiting.takeAll();
  }

  /** Takes nothing more, resolves when the batch in hand is settled, to the deliveries that were never handed over. */
  async stop(): Promise<D[]> {
    this.stopped = true;
    this.endPause();
    await this.inHand;
    return this.waiting.takeAll();
  }

  private schedule(): void {
    if (this.inHand || this.scheduled || this.stopped) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.start();
    });
  }

  private start(): void {
    if (this.stopped || this.waiting.length === 0) return;
    this.inHandSince = Date.now();
    this.inHand = this.work(this.takeRun()).finally(() => {
      this.inHand = undefined;
      if (this.waiting.length > 0) this.schedule();
    });
  }

  private takeRun(): D[] {
    const run: D[] = [];
    const type = this.waiting.peek()?.type;
    while (run.length < this.options.batch && this.waiting.length > 0 && this.waiting.peek()?.type === type) {
      run.push(this.waiting.shift() as D);
    }
    return run;
  }

  private async work(run: readonly D[]): Promise<void> {
    await this.options.settle(run, await this.outcomesOf(run));
  }

  private async outcomesOf(run: readonly D[]): Promise<readonly Outcome[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await runBatch(run, this.options.handlers.get(run[0]?.type ?? ''));
      } catch (error) {
        if (!(error instanceof DependencyAway)) throw error;
        const reason = `a dependency is away: ${error.message}`;
        if (!this.options.waits || this.stopped) return run.map(() => ({ kind: 'retry', reason }));
      }
      await this.pause(backoffDelayMs(tries, AWAY_BACKOFF));
    }
  }

  /** Ends early when the consumer stops. */
  private async pause(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.endPause = resolve;
      timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
  }
}
