import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What Postgres writes to `postmaster.pid`. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  /** Empty when there is no socket. */
  readonly socketFolder: string;
  /** `starting`, `ready`, `stopping` or `standby`; empty just after the start. */
  readonly status: string;
}

const pathOf = (pgdata: string): string => join(pgdata, 'postmaster.pid');

export function parsePidFile(text: string): PidFile | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!lines[0] || !Number.isInteger(pid)) return undefined;
  // pid, data folder, start time, port, socket folder, listen address, shared memory key, status
  return { pid: Math.abs(pid), port: Number(lines[3] ?? 0), socketFolder: lines[4] ?? '', status: lines[7] ?? '' };
}

export async function readPidFile(pgdata: string): Promise<PidFile | undefined> {
  try {
    return parsePidFile(await readFile(pathOf(pgdata), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The postmaster that is running on `pgdata`, if any. A file whose process is gone is left to Postgres, which checks more than we can;
 * a file whose id was given to another process is removed, because Postgres would take that process for a postmaster and refuse to start.
 */
export async function findRunning(pgdata: string): Promise<PidFile | undefined> {
  const file = await readPidFile(pgdata);
  if (!file || !isAlive(file.pid)) return undefined;
  if (await isPostmasterOf(pgdata, file.pid)) return file;
  await rm(pathOf(pgdata), { force: true });
  return undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A postmaster's working directory is its data folder. Where that cannot be seen (no /proc), the file is believed. */
async function isPostmasterOf(pgdata: string, pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return cwd === (await realpath(pgdata));
}
