import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Readable, Writable } from 'node:stream';
import { FrameReader } from './frame-reader.js';
import type { ExitFrame, LauncherSetup, ReadyFrame, RunCommand } from './launcher-protocol.js';

const LAUNCHER = fileURLToPath(new URL('../../launcher/launcher.py', import.meta.url));
/** Milliseconds a launcher may take to leave after its input was closed. */
const LEAVE_MS = 5_000;
/** Exit code of a launcher whose inner process the kernel killed because the slot's memory was used up (launcher.py). */
const KILLED_FOR_MEMORY = 77;

export interface AttemptSink {
  onOutput(stream: 0 | 1, data: Buffer): void;
  onExit(frame: ExitFrame, result: Buffer): void;
  /** The launcher is gone before the attempt ended; so is every process of the attempt. */
  onLost(why: string, cause: LossCause): void;
}

/** `memory`: the attempt's own excess took its launcher along. */
export type LossCause = 'unknown' | 'memory';

/** One launcher: a slot for one revision, one attempt at a time. Nothing waits: commands queue up in the pipe. */
export class LauncherProcess {
  readonly ready: Promise<ReadyFrame>;
  readonly gone: Promise<void>;
  private readonly child: ChildProcess;
  private readonly input: Writable;
  private readonly output: Readable;
  private current: AttemptSink | undefined;
  private lastId = 0;
  private hasLeft = false;
  private complaint = '';

  constructor(python: string, pycacheDir: string) {
    const args = ['-I', '-S', '-X', `pycache_prefix=${pycacheDir}`, LAUNCHER];
    // A session of its own, so that a Ctrl-C in the terminal reaches the worker only; an environment of its own, so that nothing leaks.
    this.child = spawn(python, args, {
      detached: true,
      env: { LANG: 'C.UTF-8' },
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.input = this.child.stdin as Writable;
    this.output = this.child.stdout as Readable;
    this.input.on('error', () => undefined);
    const readiness = Promise.withResolvers<ReadyFrame>();
    this.ready = readiness.promise;
    const reader = new FrameReader({
      onReady: (frame) => readiness.resolve(frame),
      onOutput: (stream, data) => this.current?.onOutput(stream, data),
      onExit: (frame, result) => this.end(frame, result),
    });
    this.output.on('data', (chunk: Buffer) => reader.feed(chunk));
    this.child.stderr?.on(
      'data',
      (chunk: Buffer) => (this.complaint = (this.complaint + chunk.toString()).slice(-2_000)),
    );
    const goneness = Promise.withResolvers<void>();
    this.gone = goneness.promise;
    const leave = (why: string, cause: LossCause): void => {
      if (this.hasLeft) return;
      this.hasLeft = true;
      readiness.resolve({ t: 'ready', sandbox: null, notes: [], error: why });
      goneness.resolve();
      const lost = this.current;
      this.current = undefined;
      lost?.onLost(why, cause);
    };
    this.child.on('error', (error) => leave(error.message, 'unknown'));
    this.child.on('close', (code, signal) =>
      leave(
        `the launcher ended (${signal ?? code}) ${this.complaint.trim()}`.trim(),
        code === KILLED_FOR_MEMORY ? 'memory' : 'unknown',
      ),
    );
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isGone(): boolean {
    return this.hasLeft;
  }

  get isBusy(): boolean {
    return this.current !== undefined;
  }

  setup(setup: LauncherSetup): void {
    this.send({ cmd: 'setup', ...setup });
  }

  run(command: RunCommand, sink: AttemptSink): void {
    this.current = sink;
    this.lastId += 1;
    const { payload, ...rest } = command;
    const header = JSON.stringify({ cmd: 'run', id: this.lastId, payload_bytes: Buffer.byteLength(payload), ...rest });
    this.input.write(`${header}\n${payload}`);
  }

  /** SIGTERM to the tree of the running attempt, after the grace SIGKILL. */
  cancel(grace_s: number): void {
    if (this.current) this.send({ cmd: 'cancel', id: this.lastId, grace_s });
  }

  /** Ends a held slot: its files are wiped. */
  reset(): void {
    this.send({ cmd: 'reset' });
  }

  /** Stops reading; the task blocks on its next full pipe. */
  pause(): void {
    this.output.pause();
  }

  resume(): void {
    this.output.resume();
  }

  /** Ends the launcher and every process in it. Resolves when they are gone. */
  async close(): Promise<void> {
    if (this.hasLeft) return;
    this.input.end();
    this.output.resume();
    const timer = setTimeout(() => this.kill(), LEAVE_MS);
    await this.gone;
    clearTimeout(timer);
  }

  /** For a launcher that does not answer. */
  kill(): void {
    this.child.kill('SIGTERM');
    setTimeout(() => this.child.kill('SIGKILL'), LEAVE_MS).unref();
  }

  private end(frame: ExitFrame, result: Buffer): void {
    const sink = this.current;
    if (!sink || frame.id !== this.lastId) return;
    this.current = undefined;
    sink.onExit(frame, result);
  }

  private send(command: object): void {
    this.input.write(`${JSON.stringify(command)}\n`);
  }
}
