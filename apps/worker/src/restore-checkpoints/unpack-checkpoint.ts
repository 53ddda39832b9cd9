import { MAX_CHECKPOINT_BYTES, MAX_CHECKPOINT_ENTRIES } from '@computalot/contracts';
import { lchown, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { extract, type ReadEntry } from 'tar';
import type { Owner } from '../prepare-jobs/unpack-revision.js';

/** Unpacks what `packFolder` wrote into an empty folder that nobody else uses. @throws Error for anything else */
export async function unpackCheckpoint(archive: string, folder: string, owner: Owner | null): Promise<void> {
  let fault: string | null = null;
  const budget = { entries: 0, bytes: 0 };
  await extract({
    file: archive,
    cwd: folder,
    strict: true,
    preserveOwner: false,
    filter: (_path, entry) => (fault ??= faultOf(entry as ReadEntry, budget)) === null,
  });
  if (fault !== null) throw new Error(fault);
  if (owner) await handOver(folder, owner);
}

function faultOf(entry: ReadEntry, budget: { entries: number; bytes: number }): string | null {
  budget.entries += 1;
  budget.bytes += entry.size;
  if (budget.entries > MAX_CHECKPOINT_ENTRIES || budget.bytes > MAX_CHECKPOINT_BYTES) return 'it is too large';
  const path = posix.normalize(entry.path);
  const leaves = posix.isAbsolute(path) || path.startsWith('..');
  return entry.type !== 'File' || leaves ? `${entry.path} is no file of a checkpoint` : null;
}

async function handOver(folder: string, { uid, gid }: Owner): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    await lchown(path, uid, gid);
    if (entry.isDirectory()) await handOver(path, { uid, gid });
  }
}
