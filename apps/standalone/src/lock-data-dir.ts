import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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

export interface LockPatience {
  /** Milliseconds for an owner to end, as it does when a restart is quicker than its drain. Default 0. */
  readonly patienceMs?: number;
  /** Told once, when there is something to wait for. */
  readonly tell?: (line: string) => void;
}

const LOOK_AGAIN_MS = 50;

/**
 * Takes `standalone.lock`, which names the owner by process id and start time, so that a lock left by a killed process, or by one before a reboot, is
 * recognised as stale. Resolves to the release.
 *
 * @throws DataDirInUseError
 */
export async function lockDataDir(
  dataDir: string,
  { patienceMs = 0, tell = () => undefined }: LockPatience = {},
): Promise<() => Promise<void>> {
  const file = join(dataDir, 'standalone.lock');
  const own = JSON.stringify({ pid: process.pid, started: await startTime(process.pid) });
  const giveUpAt = performance.now() + patienceMs;
  for (let isTold = false; !(await createLock(file, own));) {
    const pid = await removeStale(file);
    if (pid === null) continue;
    if (performance.now() >= giveUpAt) throw new DataDirInUseError(dataDir, pid);
    if (!isTold) tell(`Another Computalot (process ${pid}) works on ${dataDir}; waiting a moment for it to end.`);
    isTold = true;
    await delay(LOOK_AGAIN_MS);
  }
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

/** The process id of an owner that runs; null when the way is free now. */
async function removeStale(file: string): Promise<number | null> {
  const seen = await readLock(file);
  if (seen === null) return null;
  const owner = parseOwner(seen);
  if (owner && (await isRunning(owner))) return owner.pid;
  const aside = `${file}.stale.${process.pid}`;
  await rename(file, aside).catch(() => undefined);
  // Somebody else may have replaced the stale lock by his own in between: give it back.
  if ((await readLock(aside)) !== seen) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
  return null;
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

/** A killed process that nobody has collected: signals still find it, but it holds nothing. */
const ENDED_STATES = ['Z', 'X'];

/** Boot and clock tick at which the process started, 'ended' when it is only a memory, or null where there is no /proc. */
async function startTime(pid: number): Promise<string | null> {
  try {
    const [boot, line] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // Fields 3 and 22, counted after the name, which may hold blanks and parentheses.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return ENDED_STATES.includes(fields[0] ?? '') ? 'ended' : `${boot.trim()} ${fields[19]}`;
  } catch {
    return null;
  }
}
