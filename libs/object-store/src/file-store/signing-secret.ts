import { randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The secret of the store in `folder`, made at first use. Processes that race for it all get the same one. */
export async function signingSecret(folder: string): Promise<string> {
  const path = join(folder, 'signing-secret');
  const draft = `${path}.${randomUUID()}`;
  const existing = await readFile(path, 'utf8').catch(() => null);
  if (existing) return existing;
  await writeFile(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true });
  try {
    // A link appears whole or not at all, and never over another one.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}
