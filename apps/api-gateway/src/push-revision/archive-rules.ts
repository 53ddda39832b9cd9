import { posix } from 'node:path';

export const MAX_UNPACKED_BYTES = 2_000_000_000;
export const MAX_ENTRIES = 100_000;
const MAX_PATH = 4_096;
/** Links followed for one path; more is a loop. */
const MAX_HOPS = 40;

export interface ArchiveEntry {
  readonly path: string;
  readonly type: string;
  readonly linkpath?: string | undefined;
  /** Unpacked bytes. */
  readonly size: number;
}

const FILES = new Set(['File', 'OldFile', 'ContiguousFile']);

/**
 * Judges an archive entry by entry, as names only: nothing is unpacked. An archive that passes puts every file inside its own folder, whoever
 * unpacks it. Every method answers what is wrong, or null.
 */
export class ArchiveRules {
  entries = 0;
  private bytes = 0;
  private readonly symlinks = new Map<string, string>();
  private readonly files = new Set<string>();
  /** Folders that some entry lies in. */
  private readonly parents = new Set<string>();

  add(entry: ArchiveEntry): string | null {
    this.entries += 1;
    this.bytes += entry.size;
    if (this.entries > MAX_ENTRIES) return `The archive has more than ${MAX_ENTRIES} entries.`;
    if (this.bytes > MAX_UNPACKED_BYTES) return `The archive unpacks to more than ${MAX_UNPACKED_BYTES / 1e9} GB.`;
    const shown = JSON.stringify(entry.path.slice(0, 200));
    const path = insidePath(entry.path);
    if (path === null) return `The entry ${shown} has an absolute path, a ".." or a name that is no file name.`;
    if (path !== '.') this.parents.add(posix.dirname(path));
    return this.addByType(entry, path, shown);
  }

  private addByType(entry: ArchiveEntry, path: string, shown: string): string | null {
    if (FILES.has(entry.type)) {
      this.files.add(path);
      return null;
    }
    if (entry.type === 'Directory' || entry.type === 'GNUDumpDir') return null;
    if (entry.type === 'SymbolicLink') return this.addSymlink(path, entry.linkpath ?? '', shown);
    if (entry.type !== 'Link') return `The entry ${shown} is neither a file, a folder nor a link (${entry.type}).`;
    const target = insidePath(entry.linkpath ?? '');
    if (target !== null && this.files.has(target)) {
      this.files.add(path);
      return null;
    }
    return `The hard link ${shown} does not point to an earlier file of the archive.`;
  }

  private addSymlink(path: string, target: string, shown: string): string | null {
    if (target === '' || target.startsWith('/') || target.includes('\0'))
      return `The link ${shown} points outside the archive.`;
    this.symlinks.set(path, target);
    return null;
  }

  /** When all entries have been seen: where links lead, followed through each other. */
  finish(): string | null {
    if (this.entries === 0) return 'The archive is empty.';
    for (const [path] of this.symlinks) {
      if (this.resolve(path) === null)
        return `The link ${JSON.stringify(path.slice(0, 200))} leads outside the archive or in a circle.`;
    }
    for (const parent of this.parents) {
      if (this.passesLink(parent)) return `An entry below ${JSON.stringify(parent.slice(0, 200))} lies behind a link.`;
    }
    return null;
  }

  private passesLink(folder: string): boolean {
    for (let at = folder; at !== '.' && at !== '/'; at = posix.dirname(at)) if (this.symlinks.has(at)) return true;
    return false;
  }

  /** The path with links followed, or null when it leaves the archive. */
  private resolve(path: string): string | null {
    const done: string[] = [];
    const todo = path.split('/');
    let hops = 0;
    for (let step = todo.shift(); step !== undefined; step = todo.shift()) {
      if (step === '' || step === '.') continue;
      if (step === '..') {
        if (done.pop() === undefined) return null;
        continue;
      }
      done.push(step);
      const target = this.symlinks.get(done.join('/'));
      if (target === undefined) continue;
      if (++hops > MAX_HOPS) return null;
      done.pop();
      todo.unshift(...target.split('/'));
    }
    return done.join('/');
  }
}

/** The path without dots and slashes to spare; null for one that is not inside. `.` is the root itself. */
export function insidePath(path: string): string | null {
  if (path === '' || path.length > MAX_PATH || path.startsWith('/') || path.includes('\0')) return null;
  if (path.split('/').includes('..')) return null;
  const normal = posix.normalize(path).replace(/\/$/, '');
  return normal === '' ? '.' : normal;
}
