import { constants, copyFile, link } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlacedInput } from '../run-attempts/attempt.js';

/**
 * Puts the job's inputs into an attempt's folder so that no task changes what another sees: files of root's, which the task user can only read, or
 * where worker and tasks are the same user a copy for each.
 */
export async function layInputs(inputs: readonly PlacedInput[], folder: string): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  for (const { name, file } of inputs) {
    const place = join(folder, name);
    await (isRoot ? link(file, place) : copyFile(file, place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE));
  }
}
