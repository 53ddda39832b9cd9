import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { waitUntil } from './wait-until.js';

export const repositoryRoot = resolve(import.meta.dirname, '../../../..');

export interface ServiceProcessOptions {
  /** Folder below `apps`. */
  readonly app: string;
  /** Name of the log file; differs from `app` when one app runs more than once. */
  readonly name: string;
  readonly port: number;
  /** Added to this process's own environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFolder: string;
}

const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** One service as its own process (`scripts/service <app>`, which it replaces), with its log in a file. Built code only. */
export class ServiceProcess {
  readonly logFile: string;
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | string>;
  private end: number | string | null = null;

  constructor(readonly options: ServiceProcessOptions) {
    this.logFile = join(options.logFolder, `${options.name}.log`);
    const log = openSync(this.logFile, 'a');
    this.child = spawn(join(repositoryRoot, 'scripts/service'), [options.app], {
      cwd: repositoryRoot,
      env: { ...process.env, NODE_OPTIONS: '', ...options.env, HOST: '127.0.0.1', PORT: String(options.port) },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    running.add(this.child);
    this.ended = new Promise((settle) => {
      this.child.once('error', (error) => settle(error.message));
      this.child.once('exit', (code, signal) => settle(code ?? signal ?? 'unknown'));
    });
    void this.ended.then((end) => {
      this.end = end;
      running.delete(this.child);
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.options.port}`;
  }

  /** Resolves when `/health/ready` answers 200. @throws with the end of the log when the process ends or three minutes pass: machines are busy. */
  async ready(): Promise<void> {
    await waitUntil(
      `${this.options.name} ready`,
      async () => {
        if (this.end !== null) throw new Error(`${this.options.name} ended (${this.end}):\n${this.logTail()}`);
        return isReady(this.url);
      },
      { timeout_s: 180 },
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.logTail()}`, { cause: error });
    });
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** SIGTERM; the exit code, or the signal's name when it did not end by itself within half a minute. */
  async stop(): Promise<number | string> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 30_000);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  logTail(lines = 30): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
