import { INLINE_RESULT_BYTES, MAX_RESULT_BYTES, type TaskReport } from '@computalot/contracts';
import { qualityOf } from '@computalot/jobs';
import { Injectable } from '@nestjs/common';
import type { ExitFrame } from '../drive-launchers/launcher-protocol.js';
import type { Attempt } from '../run-attempts/attempt.js';
import { SaveCheckpoints } from '../save-checkpoints/save-checkpoints.service.js';
import { failureOf, type Failure } from './describe-exit.js';
import { readResultBytes } from './read-result-text.js';
import { StoreFiles, messageOf, readPlainFile, type StoredOutput } from './store-files.service.js';

/** What was moved to the object store before the report is written. */
interface MovedOutput {
  readonly stdout: StoredOutput | null;
  readonly stderr: StoredOutput | null;
}

interface Moved extends MovedOutput {
  readonly warnings: readonly string[];
}

const NOTHING_MOVED: Moved = { stdout: null, stderr: null, warnings: [] };

/** Turns the end of a process into the attempt's last report; moves what is too large to travel in it. */
@Injectable()
export class FinishAttempt {
  constructor(
    private readonly files: StoreFiles,
    private readonly checkpoints: SaveCheckpoints,
  ) {}

  /** The report when nothing is to be moved, else null: use {@link finish}. Costs no turn of the event loop, as most attempts end this way. */
  finishNow(attempt: Attempt, exit: ExitFrame, result: Buffer): TaskReport | null {
    if (exit.held || (attempt.output && attempt.output.spools.length > 0)) return null;
    if (attempt.stopCause) return stopped(attempt, exit);
    return this.report(attempt, exit, NOTHING_MOVED, result, failureOf(exit, attempt.job.context.timeout_s));
  }

  /** Never rejects: what cannot be moved becomes a failure of the infrastructure or a warning. */
  async finish(attempt: Attempt, exit: ExitFrame, inlineResult: Buffer): Promise<TaskReport> {
    try {
      // What is cancelled is not begun again.
      if (exit.checkpoint && attempt.stopCause !== 'cancelled') await this.checkpoints.saveLast(attempt);
      // What is handed back runs again elsewhere, and this worker is leaving.
      if (attempt.stopCause === 'returned') return stopped(attempt, exit);
      if (attempt.stopCause) return stopped(attempt, exit, await this.moveOutput(attempt));
      let failure = failureOf(exit, attempt.job.context.timeout_s);
      const [moved, artifactFault] = await Promise.all([this.moveOutput(attempt), this.moveArtifacts(attempt, exit)]);
      const result = failure ? null : await this.resultOf(attempt, exit, inlineResult);
      if (artifactFault && !failure) failure = artifactFault;
      if (result && 'reason' in result) failure ??= result;
      const bytes = Buffer.isBuffer(result) ? result : Buffer.alloc(0);
      const warnings = artifactWarnings(exit);
      const report = this.report(attempt, exit, { ...moved, warnings }, bytes, failure);
      return report.kind === 'completed' ? await this.storeLargeResult(attempt, report) : report;
    } catch (error) {
      return this.report(
        attempt,
        exit,
        NOTHING_MOVED,
        inlineResult,
        infrastructure('the result could not be stored', error),
      );
    } finally {
      for (const spool of attempt.output?.spools ?? []) void spool.remove();
    }
  }

  private report(attempt: Attempt, exit: ExitFrame, moved: Moved, result: Buffer, failure: Failure | null): TaskReport {
    const base = { ...commonOf(attempt, exit), ...outputOf(attempt, moved) };
    if (failure) return { ...base, kind: 'failed', reason: failure.reason, error: failure.error };
    const read = readResultBytes(exit.result.form === 'none' ? null : result);
    if (!read.ok)
      return { ...base, kind: 'failed', reason: 'invalid', error: { code: 'invalid_result', message: read.detail } };
    const truncatedOutput = (moved.stdout?.isCut ?? false) || (moved.stderr?.isCut ?? false);
    const { quality, warnings } = qualityOf(read.value, { truncatedOutput, nonFinite: read.nonFinite });
    const all = [...warnings, ...moved.warnings];
    return {
      ...base,
      kind: 'completed',
      result: read.json ?? 'null',
      quality,
      ...(all.length > 0 ? { warnings: all } : {}),
    };
  }

  private async storeLargeResult(attempt: Attempt, report: TaskReport): Promise<TaskReport> {
    const { result, ...rest } = report;
    if (result === undefined || Buffer.byteLength(result) <= INLINE_RESULT_BYTES) return report;
    const json = Buffer.from(result);
    await this.files.result(attempt, json);
    return { ...rest, result_stored_bytes: json.length };
  }

  private async resultOf(attempt: Attempt, exit: ExitFrame, inline: Buffer): Promise<Buffer | Failure | null> {
    if (exit.result.form !== 'file') return inline;
    if (exit.result.bytes > MAX_RESULT_BYTES) {
      const message = `The result has ${exit.result.bytes} bytes; at most ${MAX_RESULT_BYTES} are accepted. Leave large data in $COMPUTALOT_ARTIFACTS_DIR.`;
      return { reason: 'invalid', error: { code: 'result_too_large', message } };
    }
    return attempt.execution ? readPlainFile(attempt.execution.resultPath()) : null;
  }

  private async moveOutput(attempt: Attempt): Promise<MovedOutput> {
    const store = (stream: 'stdout' | 'stderr') => {
      const spool = attempt.output?.[stream].spool;
      return spool ? this.files.output(attempt, stream, spool) : null;
    };
    const [stdout, stderr] = await Promise.all([store('stdout'), store('stderr')]);
    return { stdout, stderr };
  }

  /** One after the other: a task with many files must not starve the others' transfers. */
  private async moveArtifacts(attempt: Attempt, exit: ExitFrame): Promise<Failure | null> {
    try {
      for (const [name] of exit.artifacts ?? []) {
        if (attempt.execution) await this.files.artifact(attempt, name, attempt.execution.artifactPath(name));
      }
      return null;
    } catch (error) {
      return infrastructure('an artifact could not be stored', error);
    }
  }
}

/** An attempt that this worker ended itself says how, and nothing of its result. */
function stopped(attempt: Attempt, exit: ExitFrame, moved: MovedOutput = NOTHING_MOVED): TaskReport {
  const kind = attempt.stopCause ?? 'cancelled';
  return { ...commonOf(attempt, exit), ...outputOf(attempt, moved), kind };
}

function commonOf(attempt: Attempt, exit: ExitFrame): Omit<TaskReport, 'kind'> {
  return {
    job_id: attempt.job.id,
    index: attempt.index,
    attempt: attempt.attempt,
    started_at: exit.started || attempt.startedAt,
    finished_at: Math.max(exit.finished, exit.started),
    ...(exit.code === undefined ? {} : { exit_code: exit.code }),
    ...(exit.signal === undefined ? {} : { signal: exit.signal }),
  };
}

function outputOf({ output }: Attempt, moved: MovedOutput): Pick<TaskReport, 'progress' | 'stdout' | 'stderr'> {
  if (!output) return {};
  const stdout = output.stdout.archive(moved.stdout?.bytes ?? null);
  const stderr = output.stderr.archive(moved.stderr?.bytes ?? null);
  return {
    ...(output.progress === undefined ? {} : { progress: output.progress }),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
  };
}

function artifactWarnings({ artifacts_skipped: skipped }: ExitFrame): string[] {
  return skipped
    ? [
        `${skipped} entries of the artifacts folder were left out: only regular files with UTF-8 names up to 255 characters count.`,
      ]
    : [];
}

function infrastructure(what: string, error: unknown): Failure {
  return { reason: 'infrastructure', error: { code: 'infrastructure', message: `${what}: ${messageOf(error)}` } };
}
