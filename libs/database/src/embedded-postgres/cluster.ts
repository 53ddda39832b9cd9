import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { UnprivilegedUser } from './unprivileged-user.js';

export const SUPERUSER = 'computalot';
const PASSWORD_FILE = 'computalot.password';

// One collation on every platform, and no lookup of system locales.
const INITDB_OPTIONS = [
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
  '--auth=scram-sha-256',
  `--username=${SUPERUSER}`,
];

/** An initialised cluster. */
export interface Cluster {
  readonly pgdata: string;
  /** Of {@link SUPERUSER}; random, kept in a file of mode 0600 inside `pgdata`. */
  readonly password: string;
}

/**
 * Opens the cluster below `dataDir`, initialising it on first use. A new one is built beside its final place and renamed when it is
 * complete, so neither a kill in the middle nor two processes at once can leave a half-made cluster.
 */
export async function openCluster(
  dataDir: string,
  binaries: Binaries,
  user: UnprivilegedUser | undefined,
): Promise<Cluster> {
  const pgdata = join(dataDir, 'pgdata');
  if (!(await isDirectory(pgdata))) await initialise(dataDir, pgdata, binaries, user);
  return { pgdata, password: (await readFile(join(pgdata, PASSWORD_FILE), 'utf8')).trim() };
}

/** Makes `dataDir`, closed to everybody but the user that runs Postgres. */
export async function prepareDataDir(dataDir: string, user: UnprivilegedUser | undefined): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (user) return chown(dataDir, user.uid, user.gid);
  const { uid } = await stat(dataDir);
  if (process.getuid && uid !== process.getuid()) {
    throw new EmbeddedPostgresError(
      'wrong_owner',
      `${dataDir} belongs to user id ${uid}, not to the user of this process (${process.getuid()}); start as its owner or choose another folder`,
    );
  }
}

async function initialise(
  dataDir: string,
  pgdata: string,
  binaries: Binaries,
  user: UnprivilegedUser | undefined,
): Promise<void> {
  const building = await mkdtemp(join(dataDir, 'initdb-'));
  try {
    const passwordFile = join(building, PASSWORD_FILE);
    const cluster = join(building, 'pgdata');
    await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (user) for (const path of [building, passwordFile]) await chown(path, user.uid, user.gid);
    await runInitdb(cluster, passwordFile, binaries, user);
    await rename(passwordFile, join(cluster, PASSWORD_FILE));
    await rename(cluster, pgdata).catch((error: NodeJS.ErrnoException) => {
      // Another process was first; its cluster and its password are the ones to use.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function runInitdb(
  cluster: string,
  passwordFile: string,
  binaries: Binaries,
  user: UnprivilegedUser | undefined,
): Promise<void> {
  const options = [...INITDB_OPTIONS, `--pgdata=${cluster}`, `--pwfile=${passwordFile}`];
  try {
    await promisify(execFile)(binaries.initdb, options, { ...user, env: binaries.env, cwd: '/' });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new EmbeddedPostgresError('initdb_failed', `initdb failed: ${stderr?.trim() || message}`, { cause: error });
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
