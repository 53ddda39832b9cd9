import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { create } from 'tar';

/** Never part of a project. */
const LEFT_OUT = new Set(['.git', '__pycache__', '.DS_Store']);

/** A folder as tar.gz. The same content gives the same bytes, whoever packs it and when, so that it stays the same revision. */
export async function packFolder(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const files = (await filesOf(folder)).map((file) => relative(folder, file).split(sep).join('/')).sort();
  if (files.length === 0) throw new Error(`there are no files in ${folder}`);
  const pack = create(
    { gzip: true, cwd: folder, portable: true, mtime: new Date(0), noDirRecurse: true },
    files.map((file) => `./${file}`),
  );
  return new Uint8Array(await pack.concat());
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries
    .filter((entry) => !LEFT_OUT.has(entry.name))
    .map((entry) =>
      entry.isDirectory() ? filesOf(join(folder, entry.name)) : Promise.resolve([join(folder, entry.name)]),
    );
  return (await Promise.all(found)).flat();
}
