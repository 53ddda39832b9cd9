import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of disk that a folder and everything below it take; follows no links. What vanishes meanwhile counts nothing. */
export async function folderSize(path: string): Promise<number> {
  let bytes = 0;
  const open = [path];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const folder = next;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const place = join(folder, entry.name);
      if (entry.isDirectory()) open.push(place);
      else
        bytes += await lstat(place).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        );
    }
  }
  return bytes;
}
