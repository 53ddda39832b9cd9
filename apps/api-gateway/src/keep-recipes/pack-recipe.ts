import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { create } from 'tar';
import { MANIFEST } from '../push-revision/inspect-archive.js';
import { RECIPE_FILE, type RecipeFile } from './read-recipe.js';

/** Never part of a recipe. */
const LEFT_OUT = new Set(['.git', '__pycache__', '.DS_Store', RECIPE_FILE]);

/** The code of a recipe as the archive of a project whose entrypoint is the recipe's command. The same content gives the same bytes. */
export async function packRecipe(folder: string, { command }: RecipeFile): Promise<Buffer> {
  const copy = await mkdtemp(join(tmpdir(), 'computalot-recipe-'));
  try {
    await cp(folder, copy, {
      recursive: true,
      filter: (path) => !LEFT_OUT.has(relative(folder, path).split(sep).at(-1) ?? ''),
    });
    await writeFile(join(copy, MANIFEST), JSON.stringify({ version: 1, entrypoint: { command } }));
    const entries = await readdir(copy, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => `./${relative(copy, join(entry.parentPath, entry.name)).split(sep).join('/')}`);
    const pack = create(
      { gzip: true, cwd: copy, portable: true, mtime: new Date(0), noDirRecurse: true },
      files.sort(),
    );
    return Buffer.from(await pack.concat());
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
