import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync, type Dirent } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SlotGroup } from './launcher-protocol.js';

const PREFIX = 'computalot-';
/** Milliseconds between tries to remove a group whose last process is just being buried. */
const REMOVE_PAUSES_MS = [0, 5, 50, 500];

export interface GroupFolders {
  readonly version: 1 | 2;
  /** Where groups of slots are made. */
  readonly memory: string;
  readonly pids: string | null;
}

/** The control groups of this worker's slots: one per launcher for its whole life, so that an attempt pays for none. */
export class ControlGroups {
  private constructor(
    private readonly folders: GroupFolders,
    private readonly pidsMax: number | null,
  ) {}

  /** Null when this process may not make groups that bound memory: not Linux, not root (v1), nothing delegated (v2). */
  static find(pidsMax: number | null): ControlGroups | null {
    for (const folders of candidates()) {
      const groups = new ControlGroups(folders, pidsMax);
      groups.sweep();
      if (groups.works()) return groups;
    }
    return null;
  }

  get version(): 1 | 2 {
    return this.folders.version;
  }

  /** Null when it cannot be made; the slot then does without. */
  create(slot: string): SlotGroup | null {
    try {
      const paths = this.pathsOf(slot);
      for (const path of new Set(paths)) mkdirSync(path);
      const [memory, pids] = paths;
      return { version: this.version, memory: memory as string, pids: pids ?? null, pids_max: this.pidsMax };
    } catch {
      return null;
    }
  }

  /** No process of the slot is alive. What cannot be removed now is left to the sweep of a later worker. */
  async remove(slot: string): Promise<void> {
    for (const path of new Set(this.pathsOf(slot))) {
      for (const ms of REMOVE_PAUSES_MS) {
        if (ms > 0) await pause(ms, undefined, { ref: false });
        const fault = await rmdir(path).then(
          () => null,
          (error: NodeJS.ErrnoException) => error.code,
        );
        if (fault !== 'EBUSY') break;
      }
    }
  }

  private pathsOf(slot: string): string[] {
    const { memory, pids } = this.folders;
    return [memory, pids].flatMap((folder) => (folder === null ? [] : [join(folder, PREFIX + slot)]));
  }

  private works(): boolean {
    const probe = `${process.pid}-probe`;
    const group = this.create(probe);
    try {
      if (!group) return false;
      writeFileSync(join(group.memory, this.version === 1 ? 'memory.limit_in_bytes' : 'memory.max'), '1073741824');
      readFileSync(join(group.memory, this.version === 1 ? 'memory.oom_control' : 'memory.events'));
      return true;
    } catch {
      return false;
    } finally {
      if (group) removeNow(this.pathsOf(probe));
    }
  }

  /** Groups of workers that were killed: the name begins with the worker's process id. The kernel refuses to remove one that is in use. */
  private sweep(): void {
    for (const folder of [this.folders.memory, this.folders.pids]) {
      if (folder === null) continue;
      for (const name of namesIn(folder)) {
        const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
        if (owner && !isAlive(Number(owner))) removeNow([join(folder, name)]);
      }
    }
  }
}

function* candidates(): Generator<GroupFolders> {
  if (process.platform !== 'linux') return;
  const own = readOwnGroups();
  const unified = own.get('');
  for (const folder of unified === undefined ? [] : delegated(unified)) {
    const countsProcesses = wordsOf(join(folder, 'cgroup.subtree_control')).includes('pids');
    yield { version: 2, memory: folder, pids: countsProcesses ? folder : null };
  }
  const memory = own.get('memory');
  if (memory === undefined) return;
  const pids = own.get('pids');
  if (pids !== undefined) yield { version: 1, memory: groupFolder('memory', memory), pids: groupFolder('pids', pids) };
  yield { version: 1, memory: groupFolder('memory', memory), pids: null };
}

/**
 * Folders below which a group can bound memory: beside this process's own group, as a group with processes can have no such children, but only
 * where nobody else's groups lie (systemd: `Delegate=yes`, `DelegateSubgroup=worker`): tasks must not leave the limits of the service.
 */
function* delegated(own: string): Generator<string> {
  for (const mount of ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']) {
    for (const folder of [dirname(join(mount, own)), join(mount, own)]) {
      if (
        !folder.startsWith(mount) ||
        hasForeignGroups(folder, own) ||
        !wordsOf(join(folder, 'cgroup.controllers')).includes('memory')
      )
        continue;
      for (const controller of ['+memory', '+pids']) tryWrite(join(folder, 'cgroup.subtree_control'), controller);
      if (wordsOf(join(folder, 'cgroup.subtree_control')).includes('memory')) yield folder;
    }
  }
}

function hasForeignGroups(folder: string, own: string): boolean {
  const inside = readdirTypes(folder).filter((entry) => entry.isDirectory() && !entry.name.startsWith(PREFIX));
  return inside.some(({ name }) => name !== basename(own));
}

/** By controller (v2: the empty name), the path of this process's group. */
function readOwnGroups(): Map<string, string> {
  const lines = textOf('/proc/self/cgroup').trim().split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return path === '' ? [] : controllers.split(',').map((name): [string, string] => [name, path]);
    }),
  );
}

/** In a container the mount may begin at the container's own group, and the path outside of it says nothing. */
function groupFolder(controller: string, path: string): string {
  const mount = join('/sys/fs/cgroup', controller);
  const folder = join(mount, path);
  return namesIn(folder).length > 0 ? folder : mount;
}

function isAlive(pid: number): boolean {
  return namesIn(`/proc/${pid}`).length > 0;
}

function readdirTypes(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

const namesIn = (folder: string): string[] => readdirTypes(folder).map(({ name }) => name);

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const wordsOf = (path: string): string[] => textOf(path).trim().split(/\s+/);

function tryWrite(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch {
    // Not delegated to this process, or processes live in it.
  }
}

function removeNow(paths: readonly string[]): void {
  for (const path of new Set(paths)) {
    try {
      rmdirSync(path);
    } catch {
      // In use, or gone.
    }
  }
}
