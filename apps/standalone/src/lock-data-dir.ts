import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '@computalot/service-host';

/** Another standalone works on this folder. */
export class DataDirInUseError extends StartError {
  override readonly name = 'DataDirInUseError';

  constructor(path: string, pid: number) {
    super(
      `another Computalot (process ${pid}) works on ${path}; stop it, or set COMPUTALOT_DATA_DIR to another folder`,
    );
  }
}

/**
 * Takes `standalone.lock`, which names the owner by process id and start time, so that a lock left by a killed process, or by one before a reboot, is
 * recognised as stale. Resolves to the release.
 *
 * @throws DataDirInUseError
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'standalone.lock');
  const own = JSON.stringify({ pid: process.pid, started: await startTime(process.pid) });
  while (!(await createLock(file, own))) await removeStale(file, dataDir);
  return async () => {
    if ((await readLock(file)) === own) await rm(file, { force: true });
  };
}

async function createLock(file: string, content: string): Promise<boolean> {
  // Written aside and linked, so that nobody ever reads half a lock.
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}

async function removeStale(file: string, dataDir: string): Promise<void> {
  const seen = await readLock(file);
  if (seen === null) return;
  const owner = parseOwner(seen);
  if (owner && (await isRunning(owner))) throw new DataDirInUseError(dataDir, owner.pid);
  const aside = `${file}.stale.${process.pid}`;
  await rename(file, aside).catch(() => undefined);
  // Somebody else may have replaced the stale lock by his own in between: give it back.
  if ((await readLock(aside)) !== seen) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

const readLock = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null);

interface Owner {
  readonly pid: number;
  readonly started: string | null;
}

function parseOwner(text: string): Owner | null {
  try {
    const { pid, started } = JSON.parse(text) as Partial<Owner>;
    return typeof pid === 'number' ? { pid, started: started ?? null } : null;
  } catch {
    return null;
  }
}

async function isRunning({ pid, started }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return started === null || started === (await startTime(pid));
}

/** Boot and clock tick at which the process started, or null where there is no /proc. */
async function startTime(pid: number): Promise<string | null> {
  try {
    const [boot, line] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // Field 22, counted after the name, which may hold blanks and parentheses.
    return `${boot.trim()} ${line.slice(line.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null;
  }
}
