import { expect } from '@jest/globals';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPython } from '../drive-launchers/find-python.js';
import { LauncherProcess } from '../drive-launchers/launcher-process.js';
import type { ExitFrame, LauncherSetup, ReadyFrame, RunCommand } from '../drive-launchers/launcher-protocol.js';

export const UID = process.getuid?.() === 0 ? 20_000 : (process.getuid?.() ?? 0);
export const PATH = '/usr/local/bin:/usr/bin:/bin';
export const made: { launcher: LauncherProcess; dir: string }[] = [];

export interface Ended {
  readonly exit: ExitFrame;
  readonly result: string;
  readonly out: Buffer[];
  readonly err: string;
}

export class TestSlot {
  readonly launcher = new LauncherProcess(findPython(), join(tmpdir(), 'computalot-pycache'));
  readonly base = mkdtempSync(join(tmpdir(), 'clt-'));
  readonly slotDir = join(this.base, 'slots', '0');
  ready: ReadyFrame | undefined;

  constructor(private readonly sandbox: 'namespaces' | 'subreaper') {
    // The task user must reach its slot; the platform's data directory is made that way too.
    chmodSync(this.base, 0o711);
    made.push({ launcher: this.launcher, dir: this.base });
  }

  async open(revision?: Record<string, string>, over: Partial<LauncherSetup> = {}): Promise<this> {
    this.launcher.setup({
      sandbox: this.sandbox,
      slot_dir: this.slotDir,
      revision_dir: revision ? this.writeRevision(revision) : null,
      uid: 20_000,
      gid: 20_000,
      hide: [],
      expose: {},
      limits: { nproc: 256, nofile: 1024 },
      inline_result_bytes: 100,
      max_artifacts: 10,
      shm_bytes: 1 << 20,
      oom_score_adj: 500,
      group: null,
      ...over,
    });
    this.ready = await this.launcher.ready;
    expect(this.ready.error).toBeUndefined();
    return this;
  }

  get revisionDir(): string {
    return join(this.base, 'revision');
  }

  start(
    argv: string[],
    over: Partial<RunCommand> = {},
    onOutput: (text: string) => void = () => undefined,
  ): Promise<Ended> {
    const out: Buffer[] = [];
    let err = '';
    return new Promise((resolve, reject) => {
      this.launcher.run(
        { argv, env: { PATH }, timeout_s: 30, grace_s: 0.2, memory_bytes: null, payload: '{"a":1}', ...over },
        {
          onOutput: (stream, data) => {
            if (stream === 1) err += data.toString();
            else out.push(data);
            onOutput(data.toString('utf8', 0, 200));
          },
          onExit: (exit, result) => resolve({ exit, result: result.toString(), out, err }),
          onLost: (why) => reject(new Error(why)),
        },
      );
    });
  }

  async sh(script: string, over: Partial<RunCommand> = {}): Promise<Ended & { text: string }> {
    const ended = await this.start(['sh', '-c', script], over);
    return { ...ended, text: Buffer.concat(ended.out).toString() };
  }

  private writeRevision(files: Record<string, string>): string {
    mkdirSync(this.revisionDir, { recursive: true, mode: 0o755 });
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.revisionDir, name);
      writeFileSync(path, content, { mode: 0o755 });
      if (process.getuid?.() === 0) chownSync(path, UID, UID);
    }
    if (process.getuid?.() === 0) chownSync(this.revisionDir, UID, UID);
    return this.revisionDir;
  }
}

export async function closeSlots(): Promise<void> {
  for (const { launcher, dir } of made.splice(0)) {
    await launcher.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function canUseNamespaces(): Promise<boolean> {
  const probe = new TestSlot('namespaces');
  await probe.open().catch(() => undefined);
  await probe.launcher.close();
  return probe.ready?.sandbox === 'namespaces';
}

export const modes: ('namespaces' | 'subreaper')[] = (await canUseNamespaces())
  ? ['namespaces', 'subreaper']
  : ['subreaper'];
