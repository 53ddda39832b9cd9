import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { create } from 'tar';

/** tar.gz of a folder's content. */
export function archiveFolder(folder: string): Promise<Buffer> {
  return buffer(create({ gzip: true, cwd: folder, portable: true }, ['.']));
}

/** tar.gz of files given by name and text. */
export async function archiveFiles(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-archive-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return await archiveFolder(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
