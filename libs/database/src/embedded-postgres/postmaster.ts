import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { Endpoint } from './endpoint.js';
import { isAlive, readPidFile } from './pid-file.js';
import { settingsOf } from './settings.js';
import type { UnprivilegedUser } from './unprivileged-user.js';

/** Crash recovery replays at most `max_wal_size` of log. */
const READY_WITHIN_MS = 120_000;
/** Fast shutdown writes a checkpoint. */
const STOPPED_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 10;
const MAX_LOG_BYTES = 10_000_000;
/** Backends of a killed postmaster notice within moments; until then its shared memory is in use. */
const STILL_IN_USE = 'pre-existing shared memory block';

export interface Launch {
  readonly binaries: Binaries;
  readonly user: UnprivilegedUser | undefined;
  readonly pgdata: string;
  readonly endpoint: Endpoint;
  readonly logFile: string;
}

/** Starts a postmaster, resolves with its process id when it takes connections. It outlives this process unless it is stopped. */
export async function launchPostmaster(launch: Launch): Promise<number> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const { size } = await prepareLog(launch.logFile);
    const child = await spawnPostmaster(launch);
    if (await waitUntilReady(child, launch.pgdata, deadline)) return child.pid as number;
    const said = (await readFile(launch.logFile)).subarray(size).toString().trim();
    if (!said.includes(STILL_IN_USE) || Date.now() > deadline) {
      throw new EmbeddedPostgresError(
        'start_failed',
        `Postgres did not start (see ${launch.logFile}): ${said.slice(-1_000)}`,
      );
    }
    await delay(100);
  }
}

/** Waits for a postmaster that somebody else has started. False when it ended first. */
export async function waitForPostmaster(pgdata: string, pid: number): Promise<boolean> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && isAlive(pid)) {
    const file = await readPidFile(pgdata);
    if (file?.pid !== pid || file.status === 'stopping') return untilGone(pgdata, pid).then(() => false);
    if (file.status === 'ready') return true;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}

/** Ends sessions and shuts down cleanly; resolves when the cluster is closed. */
export async function stopPostmaster(pgdata: string, pid: number): Promise<void> {
  if ((await readPidFile(pgdata))?.pid !== pid || !isAlive(pid)) return;
  process.kill(pid, 'SIGINT');
  await untilGone(pgdata, pid);
}

/** The file goes last. A process id alone could stay visible as a zombie where nobody reaps orphans. */
async function untilGone(pgdata: string, pid: number): Promise<void> {
  const deadline = Date.now() + STOPPED_WITHIN_MS;
  while (isAlive(pid) && (await readPidFile(pgdata))?.pid === pid) {
    if (Date.now() > deadline)
      throw new EmbeddedPostgresError('stop_failed', `Postgres (process ${pid}) does not stop`);
    await delay(LOOK_EVERY_MS);
  }
}

async function spawnPostmaster({ binaries, user, pgdata, endpoint, logFile }: Launch): Promise<ChildProcess> {
  const log = await open(logFile, 'a', 0o600);
  try {
    const options = Object.entries(settingsOf(endpoint)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // A session of its own: Ctrl-C in a terminal must reach the services first and the database last.
    const child = spawn(binaries.postgres, ['-D', pgdata, ...options], {
      ...user,
      env: binaries.env,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

async function waitUntilReady(child: ChildProcess, pgdata: string, deadline: number): Promise<boolean> {
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const file = await readPidFile(pgdata);
    if (file?.pid === child.pid && file?.status === 'ready') return true;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}

/** Keeps one older log beside the current one. */
async function prepareLog(logFile: string): Promise<{ size: number }> {
  const { size } = await stat(logFile).catch(() => ({ size: 0 }));
  if (size < MAX_LOG_BYTES) return { size };
  await rename(logFile, `${logFile}.1`);
  return { size: 0 };
}
