import { Logger } from '@nestjs/common';
import { LauncherPool, type LauncherPoolOptions, type Slot } from '../drive-launchers/launcher-pool.js';
import type { LossCause } from '../drive-launchers/launcher-process.js';
import { slotFiles, type ExitFrame, type RunCommand } from '../drive-launchers/launcher-protocol.js';
import type { Execution, ExecutionSink, Executor } from './executor.js';

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

  start(revisionDir: string | null, command: RunCommand, sink: ExecutionSink): Execution | null {
    const slot = this.pool?.acquire(revisionDir);
    return slot ? new ProcessExecution(slot, command, sink, this.pool as LauncherPool) : null;
  }

  async close(): Promise<void> {
    await this.pool?.close();
  }
}

class ProcessExecution implements Execution {
  private isHeld = false;
  private isFinished = false;

  constructor(
    private readonly slot: Slot,
    command: RunCommand,
    private readonly sink: ExecutionSink,
    private readonly pool: LauncherPool,
  ) {
    slot.launcher.run(command, this);
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
    this.slot.launcher.cancel(grace_s);
  }

  resultPath(): string {
    return slotFiles.result(this.slot.dir);
  }

  artifactPath(name: string): string {
    return slotFiles.artifact(this.slot.dir, name);
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
