import { DomainError } from '@computalot/kernel';
import { chmod, chown, lstat, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { extract, type ReadEntry } from 'tar';

/** Product limits of a pushed archive; the gateway refused more already, this is the second look. */
export const MAX_UNPACKED_BYTES = 2e9;
export const MAX_ENTRIES = 100_000;

const KINDS = new Set(['File', 'OldFile', 'ContiguousFile', 'Directory', 'SymbolicLink', 'Link']);

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Unpacks a revision's tar.gz into an empty folder. Nothing is ever written outside of it.
 *
 * @param owner user to hand the tree to, null to leave it with this process
 * @throws DomainError `runtime_init_failed` for an archive that is unsafe, broken or too large
 */
export async function unpackRevision(archive: string, folder: string, owner: Owner | null): Promise<void> {
  const budget = { entries: 0, bytes: 0 };
  let fault: string | null = null;
  const accept = (entry: ReadEntry): boolean => {
    fault ??= faultOf(entry, budget);
    return fault === null;
  };
  try {
    await extract({
      file: archive,
      cwd: folder,
      strict: true,
      preserveOwner: false,
      filter: (_path, entry) => accept(entry as ReadEntry),
    });
  } catch (error) {
    throw refused(fault ?? (error instanceof Error ? error.message : String(error)));
  }
  if (fault !== null) throw refused(fault);
  await handOver(folder, owner);
}

function refused(why: string): DomainError {
  return new DomainError('runtime_init_failed', `the revision cannot be unpacked: ${why}`);
}

function faultOf(entry: ReadEntry, budget: { entries: number; bytes: number }): string | null {
  budget.entries += 1;
  budget.bytes += entry.size;
  if (budget.entries > MAX_ENTRIES) return `more than ${MAX_ENTRIES} entries`;
  if (budget.bytes > MAX_UNPACKED_BYTES) return `more than ${MAX_UNPACKED_BYTES} bytes unpacked`;
  if (!KINDS.has(entry.type)) return `${entry.path} is a ${entry.type}`;
  if (leaves(entry.path)) return `${entry.path} leads out of the project`;
  if (entry.type === 'Link' && leaves(entry.linkpath ?? '')) return `${entry.path} links out of the project`;
  const target = posix.join(posix.dirname(entry.path), entry.linkpath ?? '');
  if (entry.type === 'SymbolicLink' && (posix.isAbsolute(entry.linkpath ?? '') || leaves(target)))
    return `${entry.path} links out of the project`;
  return null;
}

function leaves(path: string): boolean {
  const normal = posix.normalize(path);
  return posix.isAbsolute(path) || normal === '..' || normal.startsWith('../');
}

/** Every task may read and enter everything; no set-uid bit survives. */
async function handOver(path: string, owner: Owner | null): Promise<void> {
  const status = await lstat(path);
  if (owner && !status.isSymbolicLink()) await chown(path, owner.uid, owner.gid);
  if (status.isSymbolicLink()) return;
  await chmod(path, (status.mode & 0o777) | (status.isDirectory() ? 0o755 : 0o444));
  if (!status.isDirectory()) return;
  for (const name of await readdir(path)) await handOver(join(path, name), owner);
}
