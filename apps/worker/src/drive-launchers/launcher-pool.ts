import { LauncherProcess } from './launcher-process.js';
import type { ControlGroups } from './control-groups.js';
import { removeLeftovers } from './remove-leftovers.js';
import type { LauncherSetup, ReadyFrame, SandboxMode } from './launcher-protocol.js';

export interface LauncherPoolOptions {
  readonly python: string;
  /** Folder of the slots' folders. */
  readonly slotsDir: string;
  readonly pycacheDir: string;
  /** Launchers alive at once, so also attempts running at once. */
  readonly maxSlots: number;
  /** Launchers kept warm that have no revision yet. */
  readonly warm: number;
  readonly sandbox: SandboxMode;
  readonly setup: Omit<LauncherSetup, 'sandbox' | 'slot_dir' | 'revision_dir' | 'kept_dir' | 'group'>;
  /** Null where the machine has none for us. */
  readonly groups: ControlGroups | null;
  /** Called when a slot became free or a launcher is gone. */
  readonly onRoom?: () => void;
}

export interface Slot {
  readonly launcher: LauncherProcess;
  readonly dir: string;
  /** Unpacked revision the slot is bound to for its whole life; null for none. */
  readonly revisionDir: string | null;
  readonly name: string;
}

/** The launchers of a worker: one slot each, bound to one revision for life, reused while attempts of that revision come. */
export class LauncherPool {
  private readonly idle = new Map<string, Slot[]>();
  private readonly slots = new Set<Slot>();
  private readonly aside = new Set<Slot>();
  private readonly warm: LauncherProcess[] = [];
  private readonly leaving = new Set<Promise<void>>();
  private sandbox: SandboxMode;
  private slotCount = 0;
  private isClosed = false;

  constructor(private readonly options: LauncherPoolOptions) {
    this.sandbox = options.sandbox;
  }

  /**
   * Starts a first launcher and learns which sandbox this machine allows; later launchers are told. Warms the rest up.
   *
   * @throws Error when no task could be started at all, with the launcher's words
   */
  async open(): Promise<ReadyFrame> {
    const slot = this.bind(null);
    const ready = await slot.launcher.ready;
    if (ready.sandbox === null) throw new Error(`the launcher cannot work here: ${ready.error}`);
    this.sandbox = ready.sandbox;
    this.release(slot);
    this.warmUp();
    return ready;
  }

  /**
   * A free slot for the revision, or null when all are taken. Its launcher may still be starting; commands wait in its pipe. A fresh one has run
   * nothing yet: once its launcher is ready, nobody but the worker touches its folders until the first command.
   */
  acquire(revisionDir: string | null, fresh = false): Slot | null {
    const waiting = this.idle.get(revisionDir ?? '');
    const slot = fresh ? undefined : waiting?.pop();
    if (slot) return slot;
    if (this.slots.size >= this.options.maxSlots && !this.evictOne()) return null;
    const bound = this.bind(revisionDir);
    this.warmUp();
    return bound;
  }

  /** A slot beside those of attempts: counted by nobody, ended by whoever asked for it. */
  openAside(revisionDir: string, keptDir?: string): Slot {
    return this.bind(revisionDir, this.aside, keptDir);
  }

  /** Lets the idle launchers go that are bound to the revision: its folder is about to vanish. */
  forgetRevision(revisionDir: string): void {
    for (const slot of this.idle.get(revisionDir) ?? []) this.retire(slot);
    this.idle.delete(revisionDir);
  }

  /** Gives back a slot whose attempt has ended; a slot that held files has been reset before. */
  release(slot: Slot): void {
    if (!slot.launcher.isGone && !this.isClosed) {
      const key = slot.revisionDir ?? '';
      const waiting = this.idle.get(key) ?? [];
      // Reinserting keeps the map in order of last use.
      this.idle.delete(key);
      waiting.push(slot);
      this.idle.set(key, waiting);
    }
    this.options.onRoom?.();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const slot of this.slots) this.retire(slot);
    for (const { launcher } of this.aside) this.leave(launcher);
    for (const launcher of this.warm.splice(0)) this.leave(launcher);
    while (this.leaving.size > 0) await Promise.all(this.leaving);
  }

  get size(): number {
    return this.slots.size;
  }

  private bind(revisionDir: string | null, among = this.slots, keptDir?: string): Slot {
    const launcher = this.warm.shift() ?? this.start();
    this.slotCount += 1;
    const name = `${process.pid}-${this.slotCount}`;
    const slot: Slot = { launcher, dir: `${this.options.slotsDir}/${name}`, revisionDir, name };
    among.add(slot);
    void launcher.gone.then(() => this.forget(slot));
    const group = this.options.groups?.create(name) ?? null;
    launcher.setup({
      ...this.options.setup,
      sandbox: this.sandbox,
      slot_dir: slot.dir,
      revision_dir: revisionDir,
      ...(keptDir === undefined ? {} : { kept_dir: keptDir }),
      group,
    });
    return slot;
  }

  private start(): LauncherProcess {
    return new LauncherProcess(this.options.python, this.options.pycacheDir);
  }

  /** In the background: starting a process from here costs milliseconds of the event loop. */
  private warmUp(): void {
    if (this.isClosed || this.warm.length >= this.options.warm) return;
    if (this.slots.size + this.warm.length >= this.options.maxSlots) return;
    setImmediate(() => {
      if (this.isClosed || this.warm.length >= this.options.warm) return;
      this.warm.push(this.start());
      this.warmUp();
    });
  }

  /** Lets the launcher go that was idle longest. */
  private evictOne(): boolean {
    for (const [key, waiting] of this.idle) {
      const slot = waiting.shift();
      if (waiting.length === 0) this.idle.delete(key);
      if (!slot) continue;
      this.retire(slot);
      return true;
    }
    return false;
  }

  private retire(slot: Slot): void {
    this.slots.delete(slot);
    this.leave(slot.launcher);
  }

  private leave(launcher: LauncherProcess): void {
    const closing = launcher.close();
    this.leaving.add(closing);
    void closing.finally(() => this.leaving.delete(closing));
  }

  private forget(slot: Slot): void {
    this.slots.delete(slot);
    this.aside.delete(slot);
    const removal = Promise.allSettled([removeLeftovers(slot.dir), this.options.groups?.remove(slot.name)])
      .then(() => undefined)
      .finally(() => this.leaving.delete(removal));
    this.leaving.add(removal);
    const key = slot.revisionDir ?? '';
    const waiting = this.idle.get(key)?.filter((other) => other !== slot);
    if (waiting?.length) this.idle.set(key, waiting);
    else this.idle.delete(key);
    this.options.onRoom?.();
  }
}
