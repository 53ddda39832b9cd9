import type { TaskReport } from '@computalot/contracts';
import { ResourceLedger } from '@computalot/jobs';
import type { DomainError } from '@computalot/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { join } from 'node:path';
import { AttemptOutput } from '../stream-output/attempt-output.js';
import { LiveOutput } from '../stream-output/live-output.service.js';
import { OutputSpool } from '../stream-output/output-spool.js';
import { FinishAttempt } from '../finish-attempt/finish-attempt.service.js';
import { PrepareJobs } from '../prepare-jobs/prepare-jobs.service.js';
import { ReportAttempts } from '../report-attempts/report-attempts.service.js';
import { FillSlots } from '../fill-slots/fill-slots.service.js';
import { RestoreCheckpoints } from '../restore-checkpoints/restore-checkpoints.service.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { admitNext } from './admit-attempts.js';
import type { Attempt, HeldJob, PreparedJob, StopCause } from './attempt.js';
import { EXECUTOR, type ExecutionSink, type Executor } from './executor.js';
import { lossOf } from '../finish-attempt/describe-exit.js';
import { memoryBoundOf } from './memory-bound.js';
import { HeldAttempts } from './held-attempts.js';
import { commandOf } from './make-command.js';
import { Preparations } from './preparations.js';
import { unpreparedFailure } from './unprepared-failure.js';
import type { LossCause } from '../drive-launchers/launcher-process.js';
import type { ExitFrame, RunCommand } from '../drive-launchers/launcher-protocol.js';

/** Milliseconds beyond deadline and grace after which a silent launcher is given up. */
const OVERDUE_MS = 15_000;

/** Starts waiting attempts as far as they fit beside what runs, and follows each to its report. */
@Injectable()
export class RunAttempts {
  private readonly logger = new Logger(RunAttempts.name);
  private readonly ledger: ResourceLedger;
  private readonly running = new Set<Attempt>();
  private readonly preparations: Preparations;
  private readonly idleWaiters: (() => void)[] = [];
  private finishing = 0;
  private spoolCount = 0;
  private isPumping = false;

  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    @Inject(EXECUTOR) private readonly executor: Executor,
    private readonly held: HeldAttempts,
    private readonly prepareJobs: PrepareJobs,
    private readonly finishAttempt: FinishAttempt,
    private readonly reports: ReportAttempts,
    private readonly live: LiveOutput,
    private readonly checkpoints: RestoreCheckpoints,
    private readonly fillSlots: FillSlots,
  ) {
    this.ledger = new ResourceLedger(settings.offers);
    this.preparations = new Preparations({
      prepare: (job, signal) => this.prepareJobs.prepare(job, signal),
      onFailed: (job, error) => this.failUnprepared(job, error),
      onBroken: (job, error) => this.endBeside(job, error),
      onDone: () => this.wake(),
    });
  }

  /** Takes a new attempt into the backlog. Call {@link wake} after the last of a batch. */
  enqueue(attempt: Attempt): void {
    if (attempt.attempt === 1) this.queue(attempt);
    else this.lookForCheckpoint(attempt);
  }

  private queue(attempt: Attempt): void {
    const { job } = attempt;
    job.waiting.push(attempt);
    job.prepared ??= this.prepareJobs.prepareNow(job) ?? undefined;
    if (!job.prepared) this.preparations.begin(job);
  }

  /** Starts what fits. Cheap when nothing does. */
  wake(): void {
    if (this.isPumping) return;
    this.isPumping = true;
    try {
      for (let next = this.admit(); next; next = this.admit()) if (!this.start(next)) break;
    } finally {
      this.isPumping = false;
    }
  }

  /** Ends an attempt in whatever state it is; its report follows when no process of it is alive. */
  stop(attempt: Attempt, cause: StopCause, grace_s: number): void {
    if (attempt.stopCause || attempt.state === 'ended') return;
    attempt.stopCause = cause;
    if (attempt.state === 'waiting') {
      const { waiting } = attempt.job;
      const position = waiting.indexOf(attempt);
      if (position >= 0) waiting.splice(position, 1);
      const preparation = waiting.length === 0 ? this.preparations.stop(attempt.job) : undefined;
      // Its report says that nothing of the job is alive, what prepares it included.
      if (preparation) void preparation.then(() => this.endUnstarted(attempt));
      else this.endUnstarted(attempt);
    } else if (attempt.state === 'running') {
      attempt.execution?.cancel(grace_s);
    }
  }

  /** Attempts that run or whose files are being moved. */
  get busyCount(): number {
    return this.running.size + this.finishing;
  }

  /** Resolves when nothing runs and no file is being moved, or after `limitMs`. */
  async whenIdle(limitMs: number): Promise<void> {
    if (this.busyCount === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.idleWaiters.push(resolve);
      timer = setTimeout(resolve, limitMs);
    });
    clearTimeout(timer);
  }

  /** Gives up launchers that should have answered long ago; a backstop against one that is stopped or stuck. */
  endOverdue(now: number): number {
    let count = 0;
    for (const attempt of this.running) {
      // A transfer has limits of its own.
      if (attempt.isFilling) continue;
      const limit = (attempt.job.context.timeout_s + 2 * this.settings.killGrace_s) * 1000 + OVERDUE_MS;
      if (now - attempt.startedAt < limit) continue;
      count += 1;
      attempt.execution?.kill();
    }
    return count;
  }

  private admit(): Attempt | null {
    return admitNext(() => this.held.openJobs(), this.ledger, this.settings.offers, Date.now());
  }

  private lookForCheckpoint(attempt: Attempt): void {
    void this.checkpoints.exists(attempt).then((exists) => {
      if (attempt.state !== 'waiting') return;
      attempt.hasCheckpoint = exists;
      this.queue(attempt);
      this.wake();
    });
  }

  private failUnprepared(job: HeldJob, error: unknown): void {
    const failure = unpreparedFailure(error);
    this.logger.warn(`job ${job.context.job_id} cannot be prepared: ${failure.error?.message}`);
    for (const attempt of job.waiting.splice(0)) {
      attempt.state = 'ended';
      this.reports.ended(attempt, { ...identityOf(attempt), ...failure });
    }
  }

  /** The services of the job broke: what runs beside them is ended, what waits is prepared anew. */
  private endBeside(job: HeldJob, { code, detail }: DomainError): void {
    for (const attempt of this.running) {
      if (attempt.job !== job) continue;
      attempt.serviceFault = { code, message: detail };
      attempt.execution?.cancel(this.settings.killGrace_s);
    }
  }

  /** False when there is no place; the attempt is back at the head of its queue then. */
  private start(attempt: Attempt): boolean {
    const { job } = attempt;
    const command = this.tryCommandOf(attempt);
    if (!command) return true;
    attempt.startedAt = Date.now();
    attempt.state = 'running';
    attempt.masked = job.prepared?.masked;
    const fill = this.fillSlots.fillOf(attempt);
    attempt.isFilling = fill !== undefined;
    const execution = this.executor.start(job.prepared?.revisionDir ?? null, command, this.sinkOf(attempt), fill);
    if (!execution) {
      attempt.state = 'waiting';
      attempt.isFilling = false;
      job.waiting.unshift(attempt);
      this.ledger.release(job.context.requirements);
      return false;
    }
    attempt.execution = execution;
    this.running.add(attempt);
    this.reports.started(attempt);
    return true;
  }

  /** Null when the spec has no such task: that attempt has failed then, and nothing else suffers. */
  private tryCommandOf(attempt: Attempt): RunCommand | null {
    const { context, prepared } = attempt.job;
    try {
      return commandOf(attempt, prepared as PreparedJob, this.settings);
    } catch (error) {
      const message = `The payload of this task cannot be made: ${error instanceof Error ? error.message : String(error)}`;
      this.ledger.release(context.requirements);
      attempt.state = 'ended';
      const failure = { kind: 'failed', reason: 'invalid', error: { code: 'invalid_payload', message } } as const;
      this.reports.ended(attempt, { ...identityOf(attempt), ...failure });
      return null;
    }
  }

  private sinkOf(attempt: Attempt): ExecutionSink {
    return {
      onOutput: (stream, data) => (attempt.output ??= this.openOutput(attempt)).push(stream, data),
      // Its time counts from here.
      onFilled: () => {
        attempt.isFilling = false;
        attempt.startedAt = Date.now();
      },
      onEnd: (exit, result) => this.end(attempt, exit, result),
      onLost: (why, cause) => this.lose(attempt, why, cause),
    };
  }

  private openOutput(attempt: Attempt): AttemptOutput {
    const openSpool = (stream: 'stdout' | 'stderr'): OutputSpool =>
      new OutputSpool({
        path: join(this.settings.dataDir, 'spool', `${process.pid}-${(this.spoolCount += 1)}.${stream}`),
        maxBytes: this.settings.maxStoredOutputBytes,
        onFull: () => attempt.execution?.pause(),
        onDrained: () => attempt.execution?.resume(),
      });
    const { masked } = attempt;
    return new AttemptOutput({
      jobId: attempt.job.id,
      index: attempt.index,
      attempt: attempt.attempt,
      live: this.live,
      openSpool,
      ...(masked ? { masked } : {}),
    });
  }

  private end(attempt: Attempt, ended: ExitFrame, result: Buffer): void {
    this.leave(attempt);
    const exit = attempt.serviceFault && ended.cause === 'cancel' ? { ...ended, error: attempt.serviceFault } : ended;
    // It ended by itself before the drain's request reached it: its work counts.
    if (attempt.stopCause === 'returned' && exit.cause !== 'cancel') attempt.stopCause = undefined;
    const report = this.finishAttempt.finishNow(attempt, exit, result);
    if (report) {
      attempt.state = 'ended';
      this.reports.ended(attempt, report);
      this.giveBack(attempt);
      return;
    }
    attempt.state = 'finishing';
    this.finishing += 1;
    void this.finishAttempt.finish(attempt, exit, result).then((late) => {
      attempt.state = 'ended';
      this.finishing -= 1;
      this.reports.ended(attempt, attempt.stopCause ? withoutResult(late, attempt.stopCause) : late);
      this.giveBack(attempt);
    });
  }

  private lose(attempt: Attempt, why: string, cause: LossCause): void {
    this.leave(attempt);
    attempt.state = 'ended';
    const times = { started_at: attempt.startedAt, finished_at: Date.now() };
    const report = { ...identityOf(attempt), ...times, kind: attempt.stopCause ?? ('failed' as const) };
    const limit = memoryBoundOf(attempt.job.context.requirements, this.settings.offers);
    this.reports.ended(attempt, attempt.stopCause ? report : { ...report, ...lossOf(why, cause, limit) });
    for (const spool of attempt.output?.spools ?? []) void spool.remove();
    this.giveBack(attempt);
  }

  /** No process of it is alive: what it used can be used by others. */
  private leave(attempt: Attempt): void {
    attempt.output?.end();
    this.running.delete(attempt);
    this.ledger.release(attempt.job.context.requirements);
  }

  /** The place is free again; starts the next. */
  private giveBack(attempt: Attempt): void {
    attempt.execution?.finish();
    attempt.execution = undefined;
    if (this.busyCount === 0) for (const resolve of this.idleWaiters.splice(0)) resolve();
    this.wake();
  }

  private endUnstarted(attempt: Attempt): void {
    attempt.state = 'ended';
    this.reports.ended(attempt, { ...identityOf(attempt), kind: attempt.stopCause ?? 'cancelled' });
  }
}

function withoutResult(
  { result: _result, result_stored_bytes: _stored, quality: _quality, ...report }: TaskReport,
  kind: StopCause,
): TaskReport {
  return { ...report, kind };
}

function identityOf({ job, index, attempt }: Attempt): { job_id: string; index: number; attempt: number } {
  return { job_id: job.id, index, attempt };
}
