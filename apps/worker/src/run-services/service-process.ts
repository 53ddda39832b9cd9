import type { RuntimeService } from '@computalot/contracts';
import { DomainError } from '@computalot/kernel';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExitFrame, RunCommand } from '../drive-launchers/launcher-protocol.js';
import { OutputTail } from '../prepare-runtimes/output-tail.js';
import type { AsidePlace } from '../run-attempts/executor.js';
import { CHECK_MS, checkHealth } from './check-health.js';

const DEFAULT_START_S = 60;
const DEFAULT_INTERVAL_S = 10;
/** Milliseconds between looks while it starts. */
const LOOK_MS = 50;
/** Checks in a row that must fail before a running service is taken for sick. */
const MAX_MISSED = 3;
/** Starts in all of one service, so that one that falls again and again is told to somebody. */
const MAX_STARTS = 4;
/** Seconds between SIGTERM and SIGKILL. */
const GRACE_S = 3;
const FOR_EVER_S = 10 * 365 * 24 * 3_600;

export interface ServiceProcessOptions {
  readonly service: RuntimeService;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string | undefined;
  readonly memory_bytes: number | null;
  readonly openPlace: () => AsidePlace;
}

/** One service: started, watched, and started again on the same port when it falls, a few times. */
export class ServiceProcess {
  private place: AsidePlace | undefined;
  private checks: AsidePlace | undefined;
  private tail = new OutputTail();
  private exit: ExitFrame | undefined;
  private ended: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(private readonly options: ServiceProcessOptions) {}

  /** Resolves when it is healthy. @throws DomainError `service_failed` with its name and the end of its output */
  async start(): Promise<void> {
    const { start_timeout_s = DEFAULT_START_S } = this.options.service;
    this.launch();
    const deadline = Date.now() + start_timeout_s * 1_000;
    while (!(await this.isHealthy())) {
      if (this.exit) throw this.failure(`ended ${endOf(this.exit)} before it was healthy`);
      if (Date.now() > deadline) throw this.failure(`was not healthy within ${start_timeout_s} seconds`);
      await pause(LOOK_MS, undefined, { signal: this.stopping.signal });
    }
  }

  /** Resolves with the reason when it can no longer be kept up; never when it is stopped before. */
  async watch(): Promise<DomainError | undefined> {
    try {
      for (let starts = 1; ; starts++) {
        const fault = await this.untilSick();
        if (starts === MAX_STARTS) return this.failure(`${fault}, for the ${MAX_STARTS}th time`);
        await this.end();
        await this.start();
      }
    } catch (error) {
      if (this.stopping.signal.aborted) return undefined;
      return error instanceof DomainError ? error : this.failure(String(error));
    }
  }

  /** Resolves when no process of it is alive. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the service is stopped'));
    await this.end();
  }

  private launch(): void {
    this.stopping.signal.throwIfAborted();
    const { openPlace } = this.options;
    const tail = (this.tail = new OutputTail());
    const place = (this.place = openPlace());
    this.exit = undefined;
    this.ended = place.run(this.commandOf(this.options.service.command, FOR_EVER_S), tail.push).then(
      (exit) => void (this.exit = exit),
      (error: Error) => void (this.exit = lost(error)),
    );
  }

  private async untilSick(): Promise<string> {
    const interval = (this.options.service.health?.interval_s ?? DEFAULT_INTERVAL_S) * 1_000;
    for (let missed = 0; missed < MAX_MISSED;) {
      const timer = new AbortController();
      const signal = AbortSignal.any([timer.signal, this.stopping.signal]);
      await Promise.race([pause(interval, undefined, { signal, ref: false }), this.ended]).finally(() => timer.abort());
      this.stopping.signal.throwIfAborted();
      if (this.exit) return `ended ${endOf(this.exit)}`;
      missed = (await this.isHealthy()) ? 0 : missed + 1;
    }
    return `failed ${MAX_MISSED} health checks in a row`;
  }

  private async isHealthy(): Promise<boolean> {
    const { service, port } = this.options;
    const isHealthy = await checkHealth(service.health ?? { tcp: true }, port, (command) => this.succeeds(command));
    // Somebody else may answer on the port of one that has ended.
    return isHealthy && !this.exit;
  }

  private async succeeds(command: readonly string[]): Promise<boolean> {
    this.checks ??= this.options.openPlace();
    const exit = await this.checks.run(this.commandOf(command, CHECK_MS / 1_000), () => undefined).catch(lost);
    return exit.cause === 'exit' && exit.code === 0;
  }

  private async end(): Promise<void> {
    const places = [this.place, this.checks];
    this.place = this.checks = undefined;
    if (!this.exit) places[0]?.cancel(GRACE_S);
    await this.ended;
    await Promise.all(places.map(async (place) => place?.close()));
  }

  private commandOf(argv: readonly string[], timeout_s: number): RunCommand {
    const { service, env, port, workdir, memory_bytes } = this.options;
    const cwd = service.cwd ?? workdir;
    return {
      argv,
      env: { ...env, PORT: String(port), ...service.env },
      timeout_s,
      grace_s: GRACE_S,
      memory_bytes,
      payload: '{}',
      ...(cwd === undefined ? {} : { cwd }),
    };
  }

  private failure(what: string): DomainError {
    return new DomainError(
      'service_failed',
      `the service ${JSON.stringify(this.options.service.name)} ${what}.${this.tail.toString()}`,
    );
  }
}

function endOf({ error, memory, signal, code }: ExitFrame): string {
  if (error) return `without having run (${error.message})`;
  if (memory) return 'because it used more memory than it may';
  return signal === undefined ? `with exit code ${code}` : `by ${signal}`;
}

const lost = ({ message }: Error): ExitFrame => ({
  t: 'exit',
  id: 0,
  cause: 'refused',
  started: 0,
  finished: 0,
  result: { form: 'none' },
  error: { code: 'infrastructure', message },
});
