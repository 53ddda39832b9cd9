import type { DomainError } from '@computalot/kernel';
import type { HeldJob, PreparedJob } from './attempt.js';

export interface PreparationsOptions {
  readonly prepare: (job: HeldJob, signal: AbortSignal) => Promise<PreparedJob>;
  readonly onFailed: (job: HeldJob, error: unknown) => void;
  /** Services beside the job broke; it is no longer prepared. */
  readonly onBroken: (job: HeldJob, error: DomainError) => void;
  /** Attempts of the job may start, or others in their place. */
  readonly onDone: () => void;
}

/** Held jobs whose needs are being fetched and prepared. */
export class Preparations {
  private readonly underway = new Map<HeldJob, { readonly abort: AbortController; readonly done: Promise<void> }>();

  constructor(private readonly options: PreparationsOptions) {}

  /** Does nothing while it is under way. */
  begin(job: HeldJob): void {
    if (this.underway.has(job)) return;
    const abort = new AbortController();
    this.underway.set(job, { abort, done: this.run(job, abort.signal) });
  }

  /** Breaks it off; resolves when nothing of it is alive, unless other jobs wait for the same. Undefined when nothing is under way. */
  stop(job: HeldJob): Promise<void> | undefined {
    const preparation = this.underway.get(job);
    preparation?.abort.abort(new Error('nobody waits for it any more'));
    return preparation?.done;
  }

  private async run(job: HeldJob, signal: AbortSignal): Promise<void> {
    const { prepare, onFailed, onDone } = this.options;
    try {
      job.prepared = await prepare(job, signal);
      if (job.prepared.release) job.releases.push(job.prepared.release);
      void job.prepared.services?.broken.then((error) => this.renew(job, error));
    } catch (error) {
      if (!signal.aborted) onFailed(job, error);
    }
    this.underway.delete(job);
    // Attempts that came after it was broken off.
    if (!job.prepared && job.waiting.length > 0) this.begin(job);
    onDone();
  }

  private renew(job: HeldJob, error: DomainError): void {
    if (job.held === 0) return;
    job.prepared = undefined;
    this.options.onBroken(job, error);
    if (job.waiting.length > 0) this.begin(job);
  }
}
