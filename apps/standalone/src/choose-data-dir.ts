import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where data goes for root when the repository lies below a folder closed to others, as /root is. */
const SYSTEM_FOLDER = '/var/lib/computalot';
const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

export interface DataDir {
  readonly path: string;
  /** A line for the person who starts it; only when the choice may surprise. */
  readonly notice: string | null;
}

/**
 * The configured folder, else `.computalot` in the repository. Root runs Postgres and tasks as other users, which must be able to walk to the folder;
 * where they cannot, root's default is /var/lib/computalot.
 */
export async function chooseDataDir(
  configured: string | undefined,
  { isRoot = process.getuid?.() === 0, repository = REPOSITORY, systemFolder = SYSTEM_FOLDER } = {},
): Promise<DataDir> {
  if (configured !== undefined) return { path: resolve(configured), notice: null };
  const path = join(repository, '.computalot');
  if (!isRoot || (await isTraversable(repository))) return { path, notice: null };
  return {
    path: systemFolder,
    notice: `Data goes to ${systemFolder}: other users, as whom root runs Postgres and tasks, cannot reach ${path}. COMPUTALOT_DATA_DIR chooses another folder.`,
  };
}

/** May everybody walk into this folder? */
async function isTraversable(folder: string): Promise<boolean> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** Walkable for the users of Postgres and the tasks, listable only for the owner. */
export async function makeDataDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o711 });
}
