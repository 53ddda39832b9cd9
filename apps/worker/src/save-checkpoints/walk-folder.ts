import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

export interface FoundFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
  readonly mode: number;
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Neither a link nor a pipe that nobody writes to may lead anywhere or hold anybody up. */
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The regular files of a folder that a program is changing meanwhile, in a stable order; each handle is closed when the next one is asked for. The
 * program may put links in the place of what was just looked at, so everything is opened from the handle of its folder, never by a whole path.
 * What vanishes or cannot be opened is left out, as is everything that is neither file nor folder.
 */
export async function* walkFolder(folder: string, relative = ''): AsyncGenerator<FoundFile> {
  const top = await openOrNull(folder, FOLDER);
  if (!top) return;
  try {
    // Elsewhere than on Linux the worker has no rights that the program lacks.
    const here = process.platform === 'linux' ? `/proc/self/fd/${top.fd}` : folder;
    const entries = await readdir(here, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const [place, path] = [join(here, entry.name), join(relative, entry.name)];
      if (entry.isDirectory()) yield* walkFolder(place, path);
      else if (entry.isFile()) yield* openFile(place, path);
    }
  } finally {
    await top.close();
  }
}

async function* openFile(place: string, path: string): AsyncGenerator<FoundFile> {
  const handle = await openOrNull(place, FILE);
  if (!handle) return;
  try {
    const status = await handle.stat();
    const { size, mtimeMs, ino, mode } = status;
    if (status.isFile()) yield { path, handle, size, mtimeMs, ino, mode };
  } finally {
    await handle.close();
  }
}

function openOrNull(path: string, flags: number): Promise<FileHandle | null> {
  return open(path, flags).catch(() => null);
}
