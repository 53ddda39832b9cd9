import { Logger } from '@nestjs/common';
import { LauncherPool, type LauncherPoolOptions, type Slot } from '../drive-launchers/launcher-pool.js';
import type { LauncherProcess, LossCause } from '../drive-launchers/launcher-process.js';
import { slotFiles, type ExitFrame, type RunCommand } from '../drive-launchers/launcher-protocol.js';
import type { AsidePlace, Execution, ExecutionSink, Executor, FillSlot } from './executor.js';

/** Attempts as processes, started by launchers. */
export class ProcessExecutor implements Executor {
  private readonly logger = new Logger(ProcessExecutor.name);
  private pool: LauncherPool | undefined;

  constructor(private readonly options: Omit<LauncherPoolOptions, 'onRoom'>) {}

  async open(onRoom: () => void): Promise<void> {
    this.pool = new LauncherPool({ ...this.options, onRoom });
    const { sandbox, notes } = await this.pool.open();
    const memory = this.options.groups ? `a control group (v${this.options.groups.version})` : 'sampling';
    this.logger.log(`tasks run in the ${sandbox} sandbox, their memory bounded by ${memory}`);
    for (const note of notes) this.logger.warn(`sandbox: ${note}`);
  }

  start(revisionDir: string | null, command: RunCommand, sink: ExecutionSink, fill?: FillSlot): Execution | null {
    const slot = this.pool?.acquire(revisionDir, fill !== undefined);
    if (!slot) return null;
    const execution = new ProcessExecution(slot, sink, this.pool as LauncherPool);
    if (fill) void execution.fillAndRun(command, fill);
    else slot.launcher.run(command, execution);
    return execution;
  }

  forget(revisionDir: string): void {
    this.pool?.forgetRevision(revisionDir);
  }

  openAside(revisionDir: string, keptDir?: string): AsidePlace {
    return new AsideLauncher((this.pool as LauncherPool).openAside(revisionDir, keptDir).launcher);
  }

  async close(): Promise<void> {
    await this.pool?.close();
  }
}

class AsideLauncher implements AsidePlace {
  constructor(private readonly launcher: LauncherProcess) {}

  run(command: RunCommand, onOutput: (data: Buffer) => void): Promise<ExitFrame> {
    const { promise, resolve, reject } = Promise.withResolvers<ExitFrame>();
    const onLost = (why: string): void => void this.launcher.ready.then(({ error }) => reject(new Error(error ?? why)));
    if (this.launcher.isGone) onLost('the launcher has ended');
    else this.launcher.run(command, { onOutput: (_stream, data) => onOutput(data), onExit: resolve, onLost });
    return promise.finally(() => this.launcher.reset());
  }

  cancel(grace_s: number): void {
    this.launcher.cancel(grace_s);
  }

  close(): Promise<void> {
    return this.launcher.close();
  }
}

class ProcessExecution implements Execution {
  private isHeld = false;
  private isFinished = false;
  private readonly stop = new AbortController();

  constructor(
    private readonly slot: Slot,
    private readonly sink: ExecutionSink,
    private readonly pool: LauncherPool,
  ) {}

  /** Never rejects. */
  async fillAndRun(command: RunCommand, fill: FillSlot): Promise<void> {
    const begun = Date.now();
    const { launcher, dir } = this.slot;
    let fault: unknown;
    try {
      const { error } = await launcher.ready;
      const folders = { inputs: slotFiles.inputs(dir), checkpoint: slotFiles.checkpoint(dir) };
      if (error === undefined) await fill(folders, this.stop.signal);
    } catch (error) {
      fault = error;
    }
    if (launcher.isGone) return this.onLost('the launcher ended before the attempt began', 'unknown');
    const isCancelled = this.stop.signal.aborted;
    if (fault === undefined && !isCancelled) {
      this.sink.onFilled?.();
      return launcher.run(command, this);
    }
    const message = fault instanceof Error ? fault.message : String(fault);
    const refused = { cause: 'refused', error: { code: 'infrastructure', message } } as const;
    const end = isCancelled ? ({ cause: 'cancel' } as const) : refused;
    const times = { started: begun, finished: Date.now() };
    this.onExit({ t: 'exit', id: 0, ...times, ...end, result: { form: 'none' }, held: true }, Buffer.alloc(0));
  }

  onOutput(stream: 0 | 1, data: Buffer): void {
    this.sink.onOutput(stream, data);
  }

  onExit(exit: ExitFrame, result: Buffer): void {
    this.isHeld = exit.held ?? false;
    this.sink.onEnd(exit, result);
  }

  /** A launcher that refused its setup says why in its ready frame. */
  onLost(why: string, cause: LossCause): void {
    void this.slot.launcher.ready.then(({ error }) => this.sink.onLost(error ?? why, cause));
  }

  cancel(grace_s: number): void {
    this.stop.abort();
    this.slot.launcher.cancel(grace_s);
  }

  resultPath(): string {
    return slotFiles.result(this.slot.dir);
  }

  artifactPath(name: string): string {
    return slotFiles.artifact(this.slot.dir, name);
  }

  checkpointPath(): string {
    return slotFiles.checkpoint(this.slot.dir);
  }

  pause(): void {
    this.slot.launcher.pause();
  }

  resume(): void {
    this.slot.launcher.resume();
  }

  finish(): void {
    if (this.isFinished) return;
    this.isFinished = true;
    if (this.isHeld) this.slot.launcher.reset();
    this.pool.release(this.slot);
  }

  kill(): void {
    this.slot.launcher.kill();
  }
}
