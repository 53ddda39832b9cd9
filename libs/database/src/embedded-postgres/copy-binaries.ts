import { access, cp, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Binaries } from './binaries.js';

/**
 * A copy of the programs (60 MB, once) in `folder`, for a user that cannot walk to the package: a checkout below /root, run by root. The copy
 * appears whole or not at all.
 */
export async function copyBinaries(binaries: Binaries, folder: string): Promise<Binaries> {
  const source = dirname(dirname(binaries.postgres));
  const target = join(folder, `programs-${binaries.version}`);
  if (!(await exists(target))) {
    const draft = `${target}.${process.pid}`;
    await mkdir(folder, { recursive: true });
    await cp(source, draft, { recursive: true, verbatimSymlinks: true });
    // Another process may have been faster; its copy is as good.
    await rename(draft, target).catch(() => rm(draft, { recursive: true, force: true }));
  }
  const inCopy = (program: string) => join(target, 'bin', basename(program));
  return { ...binaries, initdb: inCopy(binaries.initdb), postgres: inCopy(binaries.postgres) };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
