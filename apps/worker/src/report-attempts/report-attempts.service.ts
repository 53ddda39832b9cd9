import { taskReports, type TaskReport } from '@computalot/contracts';
import { backoffDelayMs } from '@computalot/kernel';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Attempt } from '../run-attempts/attempt.js';
import { HeldAttempts } from '../run-attempts/held-attempts.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';

/** Milliseconds a `started` waits for its end: short tasks then cost the scheduler one write, not two. */
const STARTED_DELAY_MS = 10;
/**
 * Least milliseconds between the starts of two messages: a message costs the scheduler a transaction, whatever it carries. Far below the time a
 * backlog lasts, so that no slot waits for it.
 */
const SPACING_MS = 10;
/** The same when the last message carried many: its readers look at rates then, not at single tasks. */
const BUSY_SPACING_MS = 50;
const BUSY_REPORTS = 8;
/** Bounds of one message. */
const MAX_REPORTS = 500;
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * Micro-batches: after a pause a report leaves at once, under load it travels with all others that came until the previous message was
 * confirmed and the spacing has passed. An attempt is held until the broker has taken its last report.
 */
@Injectable()
export class ReportAttempts {
  private readonly logger = new Logger(ReportAttempts.name);
  private readonly starts = new Set<Attempt>();
  private ends: { readonly attempt: Attempt; readonly report: TaskReport; readonly isLast: boolean }[] = [];
  private sending: Promise<void> | undefined;
  private isScheduled = false;
  private startTimer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private sentAt = -Infinity;
  private lastSize = 0;

  constructor(
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    private readonly held: HeldAttempts,
  ) {}

  started(attempt: Attempt): void {
    this.starts.add(attempt);
    this.startTimer ??= setTimeout(() => this.reportStarts(), STARTED_DELAY_MS);
  }

  /** The attempt's last word; its state is `ended` from here on. */
  ended(attempt: Attempt, report: TaskReport): void {
    this.starts.delete(attempt);
    this.ends.push({ attempt, report, isLast: true });
    this.schedule();
  }

  /** Said before the attempt's last word, and in that order. */
  checkpointed(attempt: Attempt, checkpoint: NonNullable<TaskReport['checkpoint']>): void {
    const { job, index } = attempt;
    const report = { job_id: job.id, index, attempt: attempt.attempt, kind: 'checkpointed', checkpoint } as const;
    this.ends.push({ attempt, report, isLast: false });
    this.schedule();
  }

  /** Resolves when everything reported so far is confirmed, or `deadlineMs` have passed. */
  async drain(deadlineMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)));
    const all = async (): Promise<void> => {
      while (this.sending || this.ends.length > 0)
        await (this.sending ?? new Promise((resolve) => setImmediate(resolve)));
    };
    await Promise.race([all(), deadline]);
    clearTimeout(timer);
    clearTimeout(this.startTimer);
    this.isStopped = true;
  }

  private reportStarts(): void {
    this.startTimer = undefined;
    if (this.starts.size === 0) return;
    this.schedule();
    this.startTimer = setTimeout(() => this.reportStarts(), STARTED_DELAY_MS);
  }

  /** At the end of this turn of the event loop, so that what ends together leaves together. */
  private schedule(): void {
    if (this.sending || this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.sending ??= this.send().finally(() => (this.sending = undefined));
    });
  }

  private async send(): Promise<void> {
    await this.keepSpacing();
    for (let batch = this.takeBatch(); batch.reports.length > 0; batch = this.takeBatch()) {
      this.lastSize = batch.reports.length;
      await this.publish(batch.reports);
      for (const attempt of batch.finished) this.held.drop(attempt);
      if (batch.reports.length < MAX_REPORTS) await this.keepSpacing();
    }
  }

  private async keepSpacing(): Promise<void> {
    const spacing = this.lastSize < BUSY_REPORTS ? SPACING_MS : BUSY_SPACING_MS;
    const left = this.sentAt + spacing - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    this.sentAt = performance.now();
  }

  private takeBatch(): { reports: TaskReport[]; finished: Attempt[] } {
    const reports: TaskReport[] = [];
    const finished: Attempt[] = [];
    const due = Date.now() - STARTED_DELAY_MS;
    for (const attempt of this.starts) {
      // In order of start: the rest is younger still.
      if (attempt.startedAt > due) break;
      const { job, index, startedAt } = attempt;
      reports.push({ job_id: job.id, index, attempt: attempt.attempt, kind: 'started', started_at: startedAt });
      this.starts.delete(attempt);
    }
    let bytes = 0;
    let taken = 0;
    for (const { attempt, report, isLast } of this.ends) {
      if (taken === MAX_REPORTS || bytes > MAX_BYTES) break;
      taken += 1;
      bytes += weightOf(report);
      reports.push(report);
      if (isLast) finished.push(attempt);
    }
    this.ends = this.ends.slice(taken);
    return { reports, finished };
  }

  /** Until the broker has it: a report is owed, and a snapshot says so meanwhile. */
  private async publish(reports: TaskReport[]): Promise<void> {
    const { workerId: worker_id, incarnation } = this.settings;
    for (let tries = 1; ; tries += 1) {
      try {
        await this.publisher.publish(taskReports, { worker_id, incarnation, reports });
        return;
      } catch (error) {
        if (this.isStopped) return;
        if (tries === 1)
          this.logger.warn(`reports wait for the broker: ${error instanceof Error ? error.message : String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, backoffDelayMs(tries, { base_s: 0.1, max_s: 5 })));
      }
    }
  }
}

function weightOf(report: TaskReport): number {
  return 200 + (report.result?.length ?? 0) + (report.stdout?.tail.length ?? 0) + (report.stderr?.tail.length ?? 0);
}
