import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** Ids that Postgres runs with. */
export interface UnprivilegedUser {
  readonly uid: number;
  readonly gid: number;
}

const NAME = 'postgres';

/**
 * Whom to run Postgres as: it refuses root. Undefined when this process is not root and runs it as itself. Root gets the system user
 * `postgres`, created when missing: it must be a user of its own, since whoever shares its id can read the database.
 */
export async function findUnprivilegedUser(): Promise<UnprivilegedUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await lookUp()) ?? (await create());
}

async function lookUp(): Promise<UnprivilegedUser | undefined> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith(`${NAME}:`));
  if (!line) return undefined;
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

async function create(): Promise<UnprivilegedUser> {
  let cause: unknown;
  try {
    const options = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin'];
    await promisify(execFile)('useradd', [...options, NAME]);
  } catch (error) {
    cause = error;
  }
  const user = await lookUp();
  if (user) return user;
  throw new EmbeddedPostgresError(
    'no_unprivileged_user',
    `Postgres does not run as root, and the system user ${NAME} is missing and could not be created; create it, or start as a normal user`,
    { cause },
  );
}

/** Refuses a folder that `user` cannot reach because a parent is closed to it, naming the parent. */
export async function assertReachable(folder: string, user: UnprivilegedUser): Promise<void> {
  const parent = await closedParent(folder, user);
  if (parent === null) return;
  throw new EmbeddedPostgresError(
    'not_traversable',
    `Postgres runs as user ${NAME}, which cannot reach ${folder}: run "chmod o+x ${parent}", choose a folder elsewhere, or start as a normal user`,
  );
}

export async function isReachable(path: string, user: UnprivilegedUser): Promise<boolean> {
  return (await closedParent(path, user)) === null;
}

/** The nearest folder above that `user` may not walk through, or null. */
async function closedParent(path: string, user: UnprivilegedUser): Promise<string | null> {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    const { mode, uid, gid } = await stat(parent);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if (!(mode & bit)) return parent;
    if (parent === dirname(parent)) return null;
  }
}
